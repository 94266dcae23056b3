#nullable enable
#if UNITY_2021_3_OR_NEWER
using UnityEngine;

namespace AdventureBotLobby
{
    /// <summary>
    /// Stores credentials in Unity's PlayerPrefs, which are plain text on the player's device. That suffices for a guest, who
    /// has nothing but a name. Use it on the main thread.
    /// </summary>
    public sealed class PlayerPrefsCredentialStore : ICredentialStore
    {
        private readonly string _key;

        /// <summary>
        /// <paramref name="profile"/> separates players of one device: an editor and its clones, or two builds, share
        /// their PlayerPrefs.
        /// </summary>
        public PlayerPrefsCredentialStore(string url, string profile = "")
        {
            _key = "AdventureBot2.Lobby/" + url + "/" + profile;
        }

        /// <inheritdoc/>
        public string? Load()
        {
            string stored = PlayerPrefs.GetString(_key, "");
            return stored.Length == 0 ? null : stored;
        }

        /// <inheritdoc/>
        public void Save(string credentials)
        {
            PlayerPrefs.SetString(_key, credentials);
            // Save at once: a refresh token is valid once, and a killed game must not start again with a used one.
            PlayerPrefs.Save();
        }

        /// <inheritdoc/>
        public void Clear()
        {
            PlayerPrefs.DeleteKey(_key);
            PlayerPrefs.Save();
        }
    }
}
#endif
