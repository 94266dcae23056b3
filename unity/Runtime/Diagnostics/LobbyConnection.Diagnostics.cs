#nullable enable
#if UNITY_EDITOR
using System;
using System.Collections.Generic;

namespace AdventureBotLobby
{
    // What the lobby window of the editor reads.
    public sealed partial class LobbyConnection
    {
        internal Uri Address
        {
            get { return _address; }
        }

        internal IReadOnlyList<LobbyStream> Streams
        {
            get { return _streams; }
        }

        partial void Began()
        {
            LobbyDiagnostics.Add(this);
        }

        partial void Ended()
        {
            LobbyDiagnostics.Remove(this);
        }

        partial void Added(LobbyStream stream)
        {
            string name = stream.GetTypeName();
            LobbyDiagnostics.Write(name + " begins.");
            stream.StateChanged += state => LobbyDiagnostics.Write(name + ": " + state + ".");
            var party = stream as PartyStream;
            if (party != null) party.Happened += happened => LobbyDiagnostics.Write(happened.Seq + " " + happened.Typename);
            var inbox = stream as InboxStream;
            if (inbox != null) inbox.Happened += happened => LobbyDiagnostics.Write("inbox " + happened.Seq + " " + happened.Typename);
            var list = stream as PartyListStream;
            if (list != null) list.Happened += happened => LobbyDiagnostics.Write("list " + happened.Change);
        }
    }

    internal static class StreamNames
    {
        /// <summary>What the stream is of, for people.</summary>
        public static string GetTypeName(this LobbyStream stream)
        {
            if (stream is PartyStream) return "party stream";
            if (stream is InboxStream) return "inbox stream";
            return stream is PartyListStream ? "list stream" : "stream";
        }
    }
}
#endif
