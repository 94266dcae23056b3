#nullable enable
using System;

namespace AdventureBotLobby
{
    /// <summary>
    /// An estimate of the server's clock from the times in its frames. The frame with the greatest difference between the
    /// server's time and its arrival had the smallest delay, so the estimate uses this one. A replayed frame has an old
    /// time and never counts. The estimate is late by that frame's network delay.
    /// </summary>
    internal sealed class ServerClock
    {
        /// <summary>A difference counts for at least this time. After it, the estimate follows a clock that drifts or was set back.</summary>
        public const int KeptMs = 120000;

        private long? _best;
        private long? _bestBefore;
        private long _keptSinceMs;
        private bool _isGuess;

        /// <summary>Whether a frame has arrived yet.</summary>
        public bool IsKnown
        {
            get { return _best.HasValue || _bestBefore.HasValue; }
        }

        /// <param name="serverTime">The time in a frame.</param>
        /// <param name="receivedAtMs">When it arrived, by the monotonic clock.</param>
        public void Record(DateTime serverTime, long receivedAtMs)
        {
            long difference = serverTime.Ticks / TimeSpan.TicksPerMillisecond - receivedAtMs;
            if (_isGuess) _best = _bestBefore = null;
            _isGuess = false;
            if (receivedAtMs - _keptSinceMs >= KeptMs)
            {
                _bestBefore = _best;
                _best = null;
                _keptSinceMs = receivedAtMs;
            }
            if (!_best.HasValue || difference > _best.Value) _best = difference;
        }

        /// <summary>The local monotonic clock stood still for about this time. The next frame alone decides the estimate.</summary>
        public void Slept(long forMs)
        {
            _best += forMs;
            _bestBefore += forMs;
            _isGuess = true;
        }

        /// <summary>The server's time in UTC; the clock of this device while <see cref="IsKnown"/> is false.</summary>
        public DateTime At(long nowMs)
        {
            if (!IsKnown) return DateTime.UtcNow;
            long difference = Math.Max(_best ?? long.MinValue, _bestBefore ?? long.MinValue);
            return new DateTime((difference + nowMs) * TimeSpan.TicksPerMillisecond, DateTimeKind.Utc);
        }
    }
}
