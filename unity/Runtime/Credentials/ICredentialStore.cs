namespace AdventureBot2.Lobby
{
    /// <summary>Stores the credentials of one guest between two runs of the game.</summary>
    public interface ICredentialStore
    {
        /// <summary>The last saved text; null without one.</summary>
        string Load();

        /// <summary>Replaces the stored text. Protect it like a password.</summary>
        void Save(string credentials);

        void Clear();
    }

    /// <summary>Stores the credentials in memory only, for bots and tests.</summary>
    public sealed class MemoryCredentialStore : ICredentialStore
    {
        private string _stored;

        public string Load()
        {
            return _stored;
        }

        public void Save(string credentials)
        {
            _stored = credentials;
        }

        public void Clear()
        {
            _stored = null;
        }
    }
}
