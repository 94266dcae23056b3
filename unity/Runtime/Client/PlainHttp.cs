#nullable enable
namespace AdventureBotLobby
{
    /// <summary>What to do about addresses without encryption, which newer versions of Unity refuse.</summary>
    internal static class PlainHttp
    {
        public const string Advice =
            "Allow it in Project Settings, Player, Other Settings, Allow downloads over HTTP, or use an https address.";

        /// <summary>Warns in the editor before the first request fails, or before a build does.</summary>
        public static void WarnOnce(string url, LobbyLogger log)
        {
#if UNITY_EDITOR && UNITY_2022_1_OR_NEWER
            bool isPlain = url.StartsWith("http:", System.StringComparison.Ordinal);
            var allowed = UnityEditor.PlayerSettings.insecureHttpOption;
            if (!isPlain || _isWarned || allowed == UnityEditor.InsecureHttpOption.AlwaysAllowed) return;
            _isWarned = true;
            string where = allowed == UnityEditor.InsecureHttpOption.NotAllowed ? "" : " in builds that are not for development";
            log.Write(LobbyLogLevel.Warning, "This project forbids the plain http address " + url + where + ". " + Advice);
#endif
        }

#if UNITY_EDITOR && UNITY_2022_1_OR_NEWER
        private static bool _isWarned;
#endif
    }
}
