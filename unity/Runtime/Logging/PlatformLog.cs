#nullable enable
using System;

namespace AdventureBotLobby
{
    /// <summary>Unity's console; outside of Unity the error output of the program.</summary>
    internal sealed class PlatformLog : ILobbyLog
    {
        private const string Head = "Lobby: ";

        public void Write(LobbyLogLevel level, string message, Exception? error)
        {
#if UNITY_2021_3_OR_NEWER
            if (level <= LobbyLogLevel.Warning) UnityEngine.Debug.LogWarning(Head + message);
            else UnityEngine.Debug.Log(Head + message);
            if (error != null) UnityEngine.Debug.LogException(error);
#else
            Console.Error.WriteLine(Head + message + (error == null ? "" : " " + error));
#endif
        }
    }
}
