namespace AdventureBot2.Lobby
{
    /// <summary>Keeps one guest's credentials from one start of the game to the next.</summary>
    public interface ICredentialStore
    {
        /// <summary>What was saved last; null when there is nothing.</summary>
        string Load();

        /// <summary>Replaces what is kept. The text is to be kept like a password.</summary>
        void Save(string credentials);

        void Clear();
    }
}
