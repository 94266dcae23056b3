#if UNITY_2021_3_OR_NEWER
using UnityEngine;

namespace AdventureBot2.Lobby
{
    /// <summary>
    /// Keeps credentials in Unity's PlayerPrefs, which are plain text on the player's own device: enough for a guest,
    /// whose name is all there is to steal. Use it on the main thread.
    /// </summary>
    public sealed class PlayerPrefsCredentialStore : ICredentialStore
    {
        private readonly string _key;

        /// <summary>
        /// <paramref name="profile"/> tells players of one device apart: an editor and its clones, or two builds side by
        /// side, share their PlayerPrefs.
        /// </summary>
        public PlayerPrefsCredentialStore(string url, string profile = "")
        {
            _key = "AdventureBot2.Lobby/" + url + "/" + profile;
        }

        public string Load()
        {
            string kept = PlayerPrefs.GetString(_key, "");
            return kept.Length == 0 ? null : kept;
        }

        public void Save(string credentials)
        {
            PlayerPrefs.SetString(_key, credentials);
            // At once: a refresh token counts once, and a game that is killed must not come back with a used one.
            PlayerPrefs.Save();
        }

        public void Clear()
        {
            PlayerPrefs.DeleteKey(_key);
            PlayerPrefs.Save();
        }
    }
}
#endif
