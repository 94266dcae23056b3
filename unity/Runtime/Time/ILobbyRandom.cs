#nullable enable
using System;

namespace AdventureBotLobby
{
    /// <summary>A source of random numbers for the jitter of pauses, and of unique idempotency keys.</summary>
    public interface ILobbyRandom
    {
        /// <summary>A number of at least 0 and less than 1.</summary>
        double NextDouble();

        /// <summary>A new UUID.</summary>
        string NewKey();
    }

    /// <summary>Random numbers and UUIDs of the .NET runtime.</summary>
    public sealed class SystemRandom : ILobbyRandom
    {
        private readonly Random _random = new Random();

        /// <inheritdoc/>
        public double NextDouble()
        {
            // System.Random returns only zeros after two threads have called it at the same time.
            lock (_random) return _random.NextDouble();
        }

        /// <inheritdoc/>
        public string NewKey()
        {
            return Guid.NewGuid().ToString();
        }
    }
}
