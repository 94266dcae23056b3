#nullable enable
#if UNITY_2021_3_OR_NEWER
using System;
using UnityEngine;

namespace AdventureBotLobby
{
    /// <summary>
    /// The settings of the client as an asset of the project: Assets, Create, AdventureBot2, Lobby settings. Several assets are
    /// several environments, such as development and release.
    /// </summary>
    [CreateAssetMenu(menuName = "AdventureBot2/Lobby settings", fileName = "LobbySettings")]
    public sealed class LobbySettings : ScriptableObject
    {
        [SerializeField]
        [Tooltip("The server's address, such as https://lobby.example.com.")]
        private string _url = "http://127.0.0.1:8000";

        [SerializeField]
        [Tooltip("Separates the players of one device. Empty: one player for each device, and one for each clone of an editor.")]
        private string _profile = "";

        [SerializeField]
        [Range(1, 20)]
        [Tooltip("How often a request is tried at most.")]
        private int _attemptsMax = 8;

        [SerializeField]
        [Range(1, 60)]
        [Tooltip("The limit of one attempt, in seconds.")]
        private int _timeoutSeconds = 10;

        [SerializeField]
        [Range(1, 55)]
        [Tooltip("No attempt begins after this time, in seconds.")]
        private int _totalSeconds = 45;

        [SerializeField]
        [Tooltip("How much the package writes to the console.")]
        private LobbyLogLevel _logLevel = LobbyLogLevel.Warning;

        /// <summary>The server's address.</summary>
        public string Url
        {
            get { return _url; }
            set { _url = value; }
        }

        /// <summary>See <see cref="LobbyOptions.Profile"/>. Empty for the default.</summary>
        public string Profile
        {
            get { return _profile; }
            set { _profile = value; }
        }

        /// <summary>See <see cref="RetryPolicy.AttemptsMax"/>.</summary>
        public int AttemptsMax
        {
            get { return _attemptsMax; }
            set { _attemptsMax = value; }
        }

        /// <summary>See <see cref="RetryPolicy.TimeoutSeconds"/>.</summary>
        public int TimeoutSeconds
        {
            get { return _timeoutSeconds; }
            set { _timeoutSeconds = value; }
        }

        /// <summary>See <see cref="RetryPolicy.TotalTime"/>, in seconds.</summary>
        public int TotalSeconds
        {
            get { return _totalSeconds; }
            set { _totalSeconds = value; }
        }

        /// <summary>See <see cref="LobbyOptions.LogLevel"/>.</summary>
        public LobbyLogLevel LogLevel
        {
            get { return _logLevel; }
            set { _logLevel = value; }
        }

        /// <summary>What is wrong with the settings, by the name of the field; null if they are right.</summary>
        public string? Problem
        {
            get
            {
                try
                {
                    ServerAddress.Endpoint(_url);
                }
                catch (ArgumentException error)
                {
                    return "Url: " + error.Message;
                }
                if (_attemptsMax < 1) return "AttemptsMax: at least 1, not " + _attemptsMax;
                if (_timeoutSeconds < 1) return "TimeoutSeconds: at least 1, not " + _timeoutSeconds;
                // The server accepts a used refresh token for 60 s: see RetryPolicy.TotalTime.
                if (_totalSeconds < 1 || _totalSeconds > 55) return "TotalSeconds: 1 to 55, not " + _totalSeconds;
                return null;
            }
        }

        /// <summary>The options for a client. Throws <see cref="ArgumentException"/>, which names the field that is wrong.</summary>
        public LobbyOptions Options()
        {
            if (Problem != null) throw new ArgumentException("The asset " + name + ": " + Problem);
            return new LobbyOptions(_url)
            {
                Profile = string.IsNullOrEmpty(_profile) ? null : _profile,
                LogLevel = _logLevel,
                Retries = new RetryPolicy
                {
                    AttemptsMax = _attemptsMax,
                    TimeoutSeconds = _timeoutSeconds,
                    TotalTime = TimeSpan.FromSeconds(_totalSeconds),
                },
            };
        }

        // In the editor, when a field has changed: tells it at once.
        private void OnValidate()
        {
            if (Problem != null) Debug.LogWarning("The asset " + name + ": " + Problem);
        }
    }
}
#endif
