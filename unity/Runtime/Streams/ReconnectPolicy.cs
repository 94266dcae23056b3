#nullable enable
using System;

namespace AdventureBotLobby
{
    /// <summary>Decides when to connect again. All times are those of the monotonic clock.</summary>
    internal sealed class ReconnectPolicy
    {
        public static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);
        public static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

        /// <summary>The longest pause that a server can ask for. It needs it for a restart.</summary>
        public const int ReturnMsMax = 60000;

        private readonly LobbyBackoff _backoff;
        private long _dueAtMs;
        private long? _returnAtMs;

        public ReconnectPolicy(LobbyBackoff backoff)
        {
            _backoff = backoff;
        }

        public bool IsDue(long nowMs)
        {
            return nowMs >= _dueAtMs && (_returnAtMs == null || nowMs >= _returnAtMs);
        }

        /// <summary>Whether the server has announced its shutdown and the time to reconnect has come.</summary>
        public bool IsReturnDue(long nowMs)
        {
            return _returnAtMs != null && nowMs >= _returnAtMs;
        }

        /// <summary>The server shuts down: reconnect after this time. Of several announcements the latest time counts.</summary>
        public void ReturnAfter(int afterMs, long nowMs)
        {
            long at = nowMs + Math.Max(0, Math.Min(afterMs, ReturnMsMax));
            _returnAtMs = Math.Max(at, _returnAtMs ?? at);
        }

        /// <summary>The connection failed or was lost: the next attempt waits.</summary>
        public void Failed(long nowMs)
        {
            _dueAtMs = nowMs + (long)_backoff.Next().TotalMilliseconds;
        }

        /// <summary>A new connection begins: the announcement of the old server no longer counts.</summary>
        public void ClearReturn()
        {
            _returnAtMs = null;
        }

        /// <summary>The connection works: the next failure counts as the first one.</summary>
        public void MarkHealthy()
        {
            _backoff.Reset();
        }

        /// <summary>Connect without a pause, as after the application's return to the foreground.</summary>
        public void RetryNow()
        {
            _dueAtMs = 0;
            _backoff.Reset();
        }
    }

    /// <summary>
    /// Detects a lost connection. When a network disappears, TCP needs minutes to report it. All times are those of the
    /// monotonic clock.
    /// </summary>
    internal sealed class Watchdog
    {
        /// <summary>A connection without a frame for this time is lost. On a party's stream the server sends one every 10 s.</summary>
        public const int SilenceMs = 25000;

        /// <summary>After this time without a frame the client sends a ping: the public list has no heartbeat.</summary>
        public const int PingAfterMs = 12000;

        /// <summary>The limit for connecting and signing in.</summary>
        public const int GreetingMs = 10000;

        /// <summary>The limit for the pong after a pause of the application.</summary>
        public const int ProbeMs = 3000;

        private readonly long _openedAtMs;
        private long _pingedAtMs;
        private long _probedAtMs;
        private int? _pongsDue;

        public Watchdog(long nowMs)
        {
            _openedAtMs = nowMs;
            _pingedAtMs = nowMs;
        }

        /// <param name="lastFrameAtMs">When the last frame arrived.</param>
        /// <param name="pongs">The number of pings that the server has answered.</param>
        /// <param name="isGreeted">Whether the server has acknowledged the connection.</param>
        public bool IsLost(long lastFrameAtMs, int pongs, bool isGreeted, long nowMs)
        {
            if (!isGreeted) return nowMs - _openedAtMs > GreetingMs;
            if (_pongsDue == null) return nowMs - lastFrameAtMs > SilenceMs;
            if (pongs < _pongsDue) return nowMs - _probedAtMs > ProbeMs;
            _pongsDue = null;
            return false;
        }

        /// <summary>Whether to send a ping now. True once for each period without frames.</summary>
        public bool ShouldPing(long lastFrameAtMs, long nowMs)
        {
            if (nowMs - Math.Max(lastFrameAtMs, _pingedAtMs) < PingAfterMs) return false;
            _pingedAtMs = nowMs;
            return true;
        }

        /// <summary>
        /// Call it after a pause of the application, when a ping has been sent: its own pong must arrive within
        /// <see cref="ProbeMs"/>. Other frames prove nothing, since the device may have received them before the pause.
        /// </summary>
        /// <param name="pongsDue">The number of pings sent, including this one.</param>
        public void Probe(int pongsDue, long nowMs)
        {
            _pongsDue = pongsDue;
            _probedAtMs = nowMs;
        }
    }
}
