namespace AdventureBot2.Lobby.Tests
{
    /// <summary>Chance that always comes out the same: pauses are as long as their bound, keys are counted.</summary>
    internal sealed class FixedChance : ILobbyChance
    {
        private int _keys;

        public double NextDouble()
        {
            return 1;
        }

        public string NewKey()
        {
            return "key-" + ++_keys;
        }
    }
}
