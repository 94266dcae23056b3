namespace AdventureBot2.Lobby
{
    /// <summary>What a <see cref="LobbyClient"/> stands on. Whatever is null is the platform's own.</summary>
    public sealed class LobbyOptions
    {
        /// <param name="url">The server's address, such as https://lobby.example.com; <c>/graphql</c> is put behind it.</param>
        public LobbyOptions(string url)
        {
            Url = url;
            Retries = new RetryPolicy();
        }

        public string Url { get; private set; }

        public RetryPolicy Retries { get; set; }

        /// <summary>The game's own sign-in. Null for guests.</summary>
        public ITokenProvider TokenProvider { get; set; }

        /// <summary>Where a guest's credentials are kept. PlayerPrefs in Unity, the program's memory elsewhere.</summary>
        public ICredentialStore CredentialStore { get; set; }

        /// <summary>Tells several players of one device apart, where the credentials are kept in PlayerPrefs.</summary>
        public string Profile { get; set; }

        public ILobbyHttp Http { get; set; }

        public ILobbyClock Clock { get; set; }

        public ILobbyChance Chance { get; set; }
    }
}
