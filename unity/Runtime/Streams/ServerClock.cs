using System;

namespace AdventureBot2.Lobby
{
    /// <summary>
    /// The server's clock, read off the times in its frames. A frame that arrives says that the server's clock was already
    /// past its time, so the frame with the greatest difference to the clock here is the one that was the least
    /// delayed, and counts; a replayed frame never does. What it shows is late by that frame's way through the network.
    /// </summary>
    internal sealed class ServerClock
    {
        /// <summary>For how long a difference counts at least; a clock that drifts or was set back is then followed.</summary>
        public const int KeptMs = 120000;

        private long? _best;
        private long? _bestBefore;
        private long _keptSinceMs;
        private bool _isGuess;

        /// <summary>Whether there has been a frame to read it off.</summary>
        public bool IsKnown
        {
            get { return _best.HasValue || _bestBefore.HasValue; }
        }

        /// <param name="serverTime">The time in a frame.</param>
        /// <param name="heardAtMs">When it arrived, by the monotonic clock.</param>
        public void Heard(DateTime serverTime, long heardAtMs)
        {
            long difference = serverTime.Ticks / TimeSpan.TicksPerMillisecond - heardAtMs;
            if (_isGuess) _best = _bestBefore = null;
            _isGuess = false;
            if (heardAtMs - _keptSinceMs >= KeptMs)
            {
                _bestBefore = _best;
                _best = null;
                _keptSinceMs = heardAtMs;
            }
            if (!_best.HasValue || difference > _best.Value) _best = difference;
        }

        /// <summary>The clock here stood still for about that long. The next frame counts alone.</summary>
        public void Slept(long forMs)
        {
            _best += forMs;
            _bestBefore += forMs;
            _isGuess = true;
        }

        /// <summary>UTC; the clock of this device as long as <see cref="IsKnown"/> is false.</summary>
        public DateTime At(long nowMs)
        {
            if (!IsKnown) return DateTime.UtcNow;
            long difference = Math.Max(_best ?? long.MinValue, _bestBefore ?? long.MinValue);
            return new DateTime((difference + nowMs) * TimeSpan.TicksPerMillisecond, DateTimeKind.Utc);
        }
    }
}
