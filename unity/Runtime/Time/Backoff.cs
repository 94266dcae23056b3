using System;

namespace AdventureBot2.Lobby
{
    /// <summary>
    /// How long to wait before trying again: anything up to a bound that doubles with each failure (full jitter), so
    /// that clients which were cut off together do not come back together.
    /// </summary>
    public sealed class Backoff
    {
        private const int DoublingsMax = 20;

        private readonly TimeSpan _first;
        private readonly TimeSpan _longest;
        private readonly ILobbyChance _chance;
        private int _failures;

        public Backoff(TimeSpan first, TimeSpan longest, ILobbyChance chance)
        {
            _first = first;
            _longest = longest;
            _chance = chance;
        }

        /// <summary>The pause after one more failure.</summary>
        public TimeSpan Next()
        {
            double bound = _first.TotalSeconds * Math.Pow(2, Math.Min(_failures++, DoublingsMax));
            return TimeSpan.FromSeconds(Math.Min(bound, _longest.TotalSeconds) * _chance.NextDouble());
        }

        /// <summary>Begins anew, after a success.</summary>
        public void Reset()
        {
            _failures = 0;
        }
    }
}
