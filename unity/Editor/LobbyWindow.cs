#nullable enable
using System.Linq;
using UnityEditor;
using UnityEngine;

namespace AdventureBotLobby.Editor
{
    /// <summary>
    /// Window, AdventureBot2, Lobby: the connections, streams and last events of the game that plays in the editor, and two
    /// buttons that try what happens when the network fails.
    /// </summary>
    public sealed class LobbyWindow : EditorWindow
    {
        private Vector2 _scroll;

        /// <summary>Opens the window.</summary>
        [MenuItem("Window/AdventureBot2/Lobby")]
        public static void Open()
        {
            GetWindow<LobbyWindow>("Lobby");
        }

        // Ten times a second, as the editor calls it.
        private void OnInspectorUpdate()
        {
            Repaint();
        }

        private void OnGUI()
        {
            if (!EditorApplication.isPlaying) GUILayout.Label("Press Play: the window shows the game in the editor.");
            GUILayout.BeginHorizontal();
            if (GUILayout.Button("Cut the sockets")) LobbyDiagnostics.CutSockets();
            string cut = LobbyDiagnostics.IsNetworkCut ? "Put the network back" : "Cut the network";
            if (GUILayout.Button(cut)) LobbyDiagnostics.IsNetworkCut = !LobbyDiagnostics.IsNetworkCut;
            GUILayout.EndHorizontal();
            foreach (LobbyConnection connection in LobbyDiagnostics.Connections)
            {
                foreach (string line in LobbyDiagnostics.Describe(connection)) GUILayout.Label(line);
            }
            _scroll = GUILayout.BeginScrollView(_scroll);
            foreach (string line in LobbyDiagnostics.Lines.Reverse()) GUILayout.Label(line);
            GUILayout.EndScrollView();
        }
    }
}
