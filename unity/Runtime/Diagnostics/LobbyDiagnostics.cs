#nullable enable
#if UNITY_EDITOR
using System;
using System.Collections.Generic;
using System.Globalization;
using UnityEngine;

namespace AdventureBotLobby
{
    /// <summary>
    /// What the lobby window of the editor shows, and its switch for the network: the connections of the game that runs in the
    /// editor, their streams and last events. It exists in the editor alone.
    /// </summary>
    public static class LobbyDiagnostics
    {
        /// <summary>The number of lines that are kept.</summary>
        public const int LinesMax = 200;

        private static readonly object _gate = new object();
        private static readonly List<LobbyConnection> _connections = new List<LobbyConnection>();
        private static readonly List<string> _lines = new List<string>();

        /// <summary>A copy of the list of connections that are not disposed of.</summary>
        public static IReadOnlyList<LobbyConnection> Connections
        {
            get
            {
                lock (_gate) return _connections.ToArray();
            }
        }

        /// <summary>A copy of the last events, the newest last.</summary>
        public static IReadOnlyList<string> Lines
        {
            get
            {
                lock (_gate) return _lines.ToArray();
            }
        }

        /// <summary>
        /// Whether the network of the game is cut: requests get no answer, and sockets fall silent, as with a cable that is
        /// pulled. The server sees at once that the sockets are gone. Setting it to false puts the cable back.
        /// </summary>
        public static bool IsNetworkCut
        {
            get { return LobbyCable.IsCut; }
            set
            {
                if (LobbyCable.IsCut == value) return;
                LobbyCable.IsCut = value;
                Write(value ? "The network is cut." : "The network is back.");
            }
        }

        /// <summary>Closes all sockets, as a proxy or a phone does without notice. The streams resume from their cursors.</summary>
        public static void CutSockets()
        {
            Write("The sockets are cut.");
            LobbyCable.CloseSockets();
        }

        /// <summary>The state of a connection as lines: its address, and each of its streams.</summary>
        public static IEnumerable<string> Describe(LobbyConnection connection)
        {
            yield return connection.Address + "   " + (connection.IsOpen ? "open" : "not open");
            foreach (LobbyStream stream in connection.Streams)
            {
                var party = stream as PartyStream;
                string name = stream.GetTypeName();
                if (party != null && party.Party != null) name += " " + party.Party.Settings.Name + ", seq " + party.AppliedSeq;
                yield return "   " + name + "   " + stream.State + (stream.End == null ? "" : ": " + stream.End.Message);
            }
        }

        internal static void Add(LobbyConnection connection)
        {
            lock (_gate) _connections.Add(connection);
            Write("A connection to " + connection.Address + ".");
        }

        internal static void Remove(LobbyConnection connection)
        {
            lock (_gate) _connections.Remove(connection);
            Write("A connection is disposed of.");
        }

        internal static void Write(string line)
        {
            string at = DateTime.UtcNow.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
            lock (_gate)
            {
                if (_lines.Count == LinesMax) _lines.RemoveAt(0);
                _lines.Add(at + "   " + line);
            }
        }

        // Without the editor's domain reload, static fields keep their values after play mode.
        [RuntimeInitializeOnLoadMethod(RuntimeInitializeLoadType.SubsystemRegistration)]
        private static void Forget()
        {
            lock (_gate)
            {
                _connections.Clear();
                _lines.Clear();
            }
            LobbyCable.IsCut = false;
        }
    }
}
#endif
