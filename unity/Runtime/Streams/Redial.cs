using System;

namespace AdventureBot2.Lobby
{
    /// <summary>When to connect the next time, by the monotonic clock.</summary>
    internal sealed class Redial
    {
        public static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);
        public static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

        /// <summary>What a server may ask for at most: it is a pause for a restart, not a way to get rid of us.</summary>
        public const int ReturnMsMax = 60000;

        private readonly Backoff _backoff;
        private long _dueAtMs;
        private long? _returnAtMs;

        public Redial(Backoff backoff)
        {
            _backoff = backoff;
        }

        public bool IsDue(long nowMs)
        {
            return nowMs >= _dueAtMs && (_returnAtMs == null || nowMs >= _returnAtMs);
        }

        /// <summary>Whether the server is about to go, and the time has come to look for the one after it.</summary>
        public bool IsReturnDue(long nowMs)
        {
            return _returnAtMs != null && nowMs >= _returnAtMs;
        }

        /// <summary>The server drains: come back after that long. Of several such words the latest time counts.</summary>
        public void ReturnAfter(int afterMs, long nowMs)
        {
            long at = nowMs + Math.Max(0, Math.Min(afterMs, ReturnMsMax));
            _returnAtMs = Math.Max(at, _returnAtMs ?? at);
        }

        /// <summary>The connection failed or was lost.</summary>
        public void Failed(long nowMs)
        {
            _dueAtMs = nowMs + (long)_backoff.Next().TotalMilliseconds;
        }

        /// <summary>A new connection is begun.</summary>
        public void Begun()
        {
            _returnAtMs = null;
        }

        /// <summary>The connection has proved to be one.</summary>
        public void Thrives()
        {
            _backoff.Reset();
        }

        /// <summary>There is reason to believe that it works now.</summary>
        public void AtOnce()
        {
            _dueAtMs = 0;
            _backoff.Reset();
        }
    }
}
