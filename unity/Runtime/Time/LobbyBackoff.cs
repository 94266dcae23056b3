#nullable enable
using System;

namespace AdventureBotLobby
{
    /// <summary>
    /// Exponential backoff with full jitter: each pause is random, up to a bound that doubles with each failure. So clients
    /// that lost their connections together do not reconnect together.
    /// </summary>
    public sealed class LobbyBackoff
    {
        private const int DoublingsMax = 20;

        private readonly TimeSpan _first;
        private readonly TimeSpan _longest;
        private readonly ILobbyRandom _random;
        private int _failures;

        /// <summary>The bound of the first pause, the greatest bound, and the source of jitter.</summary>
        public LobbyBackoff(TimeSpan first, TimeSpan longest, ILobbyRandom random)
        {
            _first = first;
            _longest = longest;
            _random = random;
        }

        /// <summary>The pause after one more failure.</summary>
        public TimeSpan Next()
        {
            double bound = _first.TotalSeconds * Math.Pow(2, Math.Min(_failures++, DoublingsMax));
            return TimeSpan.FromSeconds(Math.Min(bound, _longest.TotalSeconds) * _random.NextDouble());
        }

        /// <summary>Starts again with the first bound, after a success.</summary>
        public void Reset()
        {
            _failures = 0;
        }
    }
}
