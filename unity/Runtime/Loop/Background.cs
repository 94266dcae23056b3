#nullable enable
namespace AdventureBotLobby
{
    /// <summary>What a game does while its window has no focus.</summary>
    internal static class Background
    {
        /// <summary>Warns once if the game stops without the focus: a second editor or build would lose its connection.</summary>
        public static void WarnOnce(LobbyLogger log)
        {
#if UNITY_EDITOR || UNITY_STANDALONE
            if (_isWarned || UnityEngine.Application.runInBackground) return;
            _isWarned = true;
            log.Write(
                LobbyLogLevel.Warning,
                "Run In Background is off, so the game and its events stop while another window has the focus. "
                + "Turn it on in Project Settings, Player, Resolution and Presentation.");
#endif
        }

#if UNITY_EDITOR || UNITY_STANDALONE
        private static bool _isWarned;
#endif
    }
}
