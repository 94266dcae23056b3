using System;

namespace AdventureBot2.Lobby
{
    /// <summary>The dependencies of a <see cref="LobbyClient"/>. Null selects the default of the platform.</summary>
    public sealed class LobbyOptions
    {
        /// <param name="url">The server's address, such as https://lobby.example.com. The client appends <c>/graphql</c>.</param>
        public LobbyOptions(string url)
        {
            Url = url;
            Retries = new RetryPolicy();
        }

        public string Url { get; private set; }

        public RetryPolicy Retries { get; set; }

        /// <summary>The game's own sign-in. Null for guests.</summary>
        public ITokenProvider TokenProvider { get; set; }

        /// <summary>The store of a guest's credentials. Default: PlayerPrefs in Unity, the program's memory elsewhere.</summary>
        public ICredentialStore CredentialStore { get; set; }

        /// <summary>Separates the players of one device in PlayerPrefs.</summary>
        public string Profile { get; set; }

        public ILobbyHttp Http { get; set; }

        public ILobbyClock Clock { get; set; }

        public IRandom Chance { get; set; }
    }

    /// <summary>How often, and for how long, the client tries before a request fails.</summary>
    public sealed class RetryPolicy
    {
        public RetryPolicy()
        {
            AttemptsMax = 8;
            FirstPause = TimeSpan.FromSeconds(0.1);
            LongestPause = TimeSpan.FromSeconds(5);
            LongestWait = TimeSpan.FromSeconds(10);
            TimeoutSeconds = 10;
            TotalTime = TimeSpan.FromSeconds(45);
        }

        /// <summary>The maximum number of attempts, including the first.</summary>
        public int AttemptsMax { get; set; }

        /// <summary>The bound of the first pause. It doubles with each attempt, and each pause is random up to its bound.</summary>
        public TimeSpan FirstPause { get; set; }

        /// <summary>The greatest bound of a pause.</summary>
        public TimeSpan LongestPause { get; set; }

        /// <summary>If the server asks for a longer pause than this, the call ends with the server's response.</summary>
        public TimeSpan LongestWait { get; set; }

        /// <summary>The limit of one attempt, in seconds.</summary>
        public int TimeoutSeconds { get; set; }

        /// <summary>
        /// No attempt begins after this time. The server accepts a used refresh token for 60 s after its use, for clients that
        /// lost the response. This limit keeps the last attempt within that time.
        /// </summary>
        public TimeSpan TotalTime { get; set; }
    }

    /// <summary>The default dependencies of the client, with Unity's own implementations inside Unity.</summary>
    internal static class Platform
    {
#if UNITY_2021_3_OR_NEWER
        public static ILobbyHttp Http()
        {
            return new UnityHttp();
        }

        public static ILobbyClock Clock()
        {
#if UNITY_WEBGL && !UNITY_EDITOR
            return new LoopClock(UnityLoop.Instance);
#else
            return new SystemClock();
#endif
        }

        public static ICredentialStore CredentialStore(string url, string profile)
        {
            return new PlayerPrefsCredentialStore(url, profile ?? "");
        }
#else
        public static ILobbyHttp Http()
        {
            return new ClientHttp();
        }

        public static ILobbyClock Clock()
        {
            return new SystemClock();
        }

        public static ICredentialStore CredentialStore(string url, string profile)
        {
            return new MemoryCredentialStore();
        }
#endif
    }
}
