namespace AdventureBot2.Lobby
{
    /// <summary>Forgets the credentials with the program: for bots and tests.</summary>
    public sealed class MemoryCredentialStore : ICredentialStore
    {
        private string _kept;

        public string Load()
        {
            return _kept;
        }

        public void Save(string credentials)
        {
            _kept = credentials;
        }

        public void Clear()
        {
            _kept = null;
        }
    }
}
