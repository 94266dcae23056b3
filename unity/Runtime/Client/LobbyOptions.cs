#nullable enable
using System;

namespace AdventureBotLobby
{
    /// <summary>The dependencies of a <see cref="LobbyClient"/>. Null selects the default of the platform.</summary>
    public sealed class LobbyOptions
    {
        /// <param name="url">The server's address, such as https://lobby.example.com. The client appends <c>/graphql</c>.</param>
        public LobbyOptions(string url)
        {
            Url = url;
            Retries = new RetryPolicy();
            TokenTimeout = TimeSpan.FromSeconds(15);
            LogLevel = LobbyLogLevel.Warning;
        }

        /// <summary>The server's address.</summary>
        public string Url { get; private set; }

        /// <summary>How often, and for how long, a request is tried.</summary>
        public RetryPolicy Retries { get; set; }

        /// <summary>The game's own sign-in. Null for guests.</summary>
        public ITokenProvider? TokenProvider { get; set; }

        /// <summary>The time that <see cref="TokenProvider"/> has for one token.</summary>
        public TimeSpan TokenTimeout { get; set; }

        /// <summary>
        /// The store of a guest's credentials. Default in Unity: a file below <c>Application.persistentDataPath</c>, on WebGL
        /// the browser's localStorage, on tvOS and consoles PlayerPrefs. Elsewhere the program's memory.
        /// </summary>
        public ICredentialStore? CredentialStore { get; set; }

        /// <summary>
        /// Separates the players of one device. Null in an editor: the player's name in Multiplayer Play Mode, otherwise the
        /// name of the project's folder, so that clones of a project differ. Null in a build: one player.
        /// </summary>
        public string? Profile { get; set; }

        /// <summary>Sends the requests. Null for UnityWebRequest, and for HttpClient outside of Unity.</summary>
        public ILobbyHttp? Http { get; set; }

        /// <summary>The clock of pauses and of tokens. Null for the device's own.</summary>
        public ILobbyClock? Clock { get; set; }

        /// <summary>The source of jitter and of idempotency keys. Null for the runtime's own.</summary>
        public ILobbyRandom? Chance { get; set; }

        /// <summary>Receives what the package has to say. Null for Unity's console, and for the error output elsewhere.</summary>
        public ILobbyLog? Log { get; set; }

        /// <summary>How much to write to the log. Info also tells of each retry.</summary>
        public LobbyLogLevel LogLevel { get; set; }
    }

    /// <summary>How often, and for how long, the client tries before a request fails.</summary>
    public sealed class RetryPolicy
    {
        /// <summary>The defaults.</summary>
        public RetryPolicy()
        {
            AttemptsMax = 8;
            FirstPause = TimeSpan.FromSeconds(0.1);
            LongestPause = TimeSpan.FromSeconds(5);
            LongestWait = TimeSpan.FromSeconds(10);
            TimeoutSeconds = 10;
            TotalTime = TimeSpan.FromSeconds(45);
        }

        /// <summary>
        /// The maximum number of attempts, including the first. Attempts that the server asked to repeat later do not end
        /// the call by their number, only by <see cref="TotalTime"/>.
        /// </summary>
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
#if UNITY_EDITOR
            return LobbyCable.Through(new UnityHttp());
#else
            return new UnityHttp();
#endif
        }

        public static ILobbyClock Clock()
        {
#if UNITY_WEBGL && !UNITY_EDITOR
            return new LoopClock(UnityLoop.Instance);
#else
            return new SystemClock();
#endif
        }

        public static ICredentialStore CredentialStore(string url, string? profile)
        {
#if UNITY_EDITOR
            string own = profile ?? EditorProfile.Of(Environment.GetCommandLineArgs(), UnityEngine.Application.dataPath);
            return new FileCredentialStore(CredentialFile(url, own));
#elif UNITY_WEBGL
            string key = "AdventureBot2.Lobby/" + url + "/" + (profile ?? "");
            return new BrowserCredentialStore(key, new PlayerPrefsCredentialStore(url, profile ?? ""));
#elif UNITY_TVOS || UNITY_SWITCH || UNITY_PS4 || UNITY_PS5 || UNITY_GAMECORE
            return new PlayerPrefsCredentialStore(url, profile ?? "");
#else
            // Earlier versions used PlayerPrefs everywhere. Two games cannot share them: each has a copy in its memory.
            var earlier = new PlayerPrefsCredentialStore(url, profile ?? "");
            return new FileCredentialStore(CredentialFile(url, profile ?? ""), earlier);
#endif
        }

#if !UNITY_WEBGL || UNITY_EDITOR
        private static string CredentialFile(string url, string profile)
        {
            string name = url + "/" + profile;
            ulong hash = 14695981039346656037;
            unchecked
            {
                // FNV-1a: a name for a file, the same in each run of the game, from any characters.
                foreach (char each in name) hash = (hash ^ each) * 1099511628211;
            }
            string folder = System.IO.Path.Combine(UnityEngine.Application.persistentDataPath, "AdventureBot2.Lobby");
            return System.IO.Path.Combine(folder, "guest-" + hash.ToString("x16") + ".json");
        }
#endif
#else
        public static ILobbyHttp Http()
        {
            return new ClientHttp();
        }

        public static ILobbyClock Clock()
        {
            return new SystemClock();
        }

        public static ICredentialStore CredentialStore(string url, string? profile)
        {
            return new MemoryCredentialStore();
        }
#endif
    }
}
