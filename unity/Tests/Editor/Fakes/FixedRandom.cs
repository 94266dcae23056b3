namespace AdventureBotLobby.Tests
{
    /// <summary>A predictable source: each pause is as long as its bound, and keys are numbered.</summary>
    internal sealed class FixedRandom : ILobbyRandom
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
