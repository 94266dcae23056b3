#nullable enable
#if UNITY_WEBGL && !UNITY_EDITOR
using System.Runtime.InteropServices;

namespace AdventureBotLobby
{
    /// <summary>
    /// Stores credentials in the browser's localStorage, which all tabs of the page's origin share at once. PlayerPrefs of WebGL are
    /// copied into each tab when it opens, so that two tabs would refresh the same credentials without knowing of each other.
    /// </summary>
    public sealed class BrowserCredentialStore : ICredentialStore
    {
        private readonly string _key;
        private readonly ICredentialStore _other;

        /// <param name="key">The key in localStorage.</param>
        /// <param name="other">
        /// The store of earlier versions, whose credentials are moved. It is also for pages without localStorage, as in
        /// sandboxed frames.
        /// </param>
        public BrowserCredentialStore(string key, ICredentialStore other)
        {
            _key = key;
            _other = other;
        }

        /// <inheritdoc/>
        public string? Load()
        {
            string? stored = AdventureBot2LobbyStoreLoad(_key);
            if (!string.IsNullOrEmpty(stored)) return stored;
            stored = _other.Load();
            if (stored != null && AdventureBot2LobbyStoreSave(_key, stored) != 0) _other.Clear();
            return stored;
        }

        /// <inheritdoc/>
        public void Save(string credentials)
        {
            if (AdventureBot2LobbyStoreSave(_key, credentials) == 0) _other.Save(credentials);
        }

        /// <inheritdoc/>
        public void Clear()
        {
            AdventureBot2LobbyStoreSave(_key, "");
            _other.Clear();
        }

        [DllImport("__Internal")]
        private static extern string? AdventureBot2LobbyStoreLoad(string key);

        [DllImport("__Internal")]
        private static extern int AdventureBot2LobbyStoreSave(string key, string text);
    }
}
#endif
