using System;

namespace AdventureBot2.Lobby
{
    /// <summary>The runtime's own chance.</summary>
    public sealed class SystemChance : ILobbyChance
    {
        private readonly Random _random = new Random();

        public double NextDouble()
        {
            // Random breaks for good when two threads call it at once.
            lock (_random) return _random.NextDouble();
        }

        public string NewKey()
        {
            return Guid.NewGuid().ToString();
        }
    }
}
