namespace AdventureBot2.Lobby
{
    /// <summary>What the client stands on unless it is told otherwise: Unity's own inside of Unity.</summary>
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
