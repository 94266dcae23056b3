#nullable enable
using System;

namespace AdventureBotLobby
{
    /// <summary>
    /// Everything that concerns the player outside of a party's own stream: each entry once and in order, through any network
    /// failure. If the inbox no longer reaches back to the last applied entry, one snapshot replaces the missed entries.
    /// </summary>
    public sealed partial class InboxStream : LobbyStream, IInboxStream
    {
        private int? _seq;

        /// <param name="cursor">The stream resumes after it. Null begins with a snapshot.</param>
        internal InboxStream(LobbyConnection connection, string? cursor)
            : base(connection)
        {
            Cursor = cursor;
        }

        /// <summary>
        /// Any entry, or a snapshot. Raised before the event of its own kind, and also for kinds that this version of the
        /// package does not know.
        /// </summary>
        public event Action<InboxEvent>? Happened;

        /// <summary>The cursor of the last applied entry, with which <see cref="LobbyConnection.WatchInbox"/> resumes.</summary>
        public string? Cursor { get; private set; }

        internal override string Subscribe(GraphQLSocket socket)
        {
            return socket.Subscribe(LobbyOperations.WatchInbox(Cursor));
        }

        internal override void StartOver()
        {
            Cursor = null;
        }

        internal override void Take(object frame, SocketMessage message)
        {
            var happened = (InboxEvent)frame;
            Connection.RecordServerTime(happened.At, message.ReceivedAtMs);
            if (happened.Kind == InboxEventKind.InboxHeartbeat)
            {
                HandleHeartbeat(happened);
                return;
            }
            bool isEntry = happened.Kind != InboxEventKind.InboxSnapshot;
            if (isEntry && happened.Seq <= _seq) return;
            if (isEntry && happened.Seq > _seq + 1)
            {
                Connection.Resume(this);
                return;
            }
            _seq = happened.Seq;
            Cursor = happened.Cursor;
            Raise(Happened, happened);
            Raise(HandlersOf(happened.Kind), happened);
        }

        private void HandleHeartbeat(InboxEvent happened)
        {
            bool isDraining = happened.ReconnectAfterMs != null;
            if (isDraining) Connection.ReturnAfter(happened.ReconnectAfterMs!.Value);
            if (!isDraining && happened.Seq > _seq)
            {
                Connection.Resume(this);
                return;
            }
            Raise(HandlersOf(happened.Kind), happened);
        }
    }
}
