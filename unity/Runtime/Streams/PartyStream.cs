#nullable enable
using System;

namespace AdventureBotLobby
{
    /// <summary>
    /// All events of a party: each entry of its log once and in order, through any network failure. After a lost connection
    /// it resumes from the last applied entry. If the log no longer reaches back that far, one snapshot replaces the missed
    /// entries.
    /// </summary>
    public sealed partial class PartyStream : LobbyStream, IPartyStream
    {
        private readonly Func<string?, LobbyOperation<PartyEvent>> _operationAfter;
        private readonly Position _position;
        private bool _isUndrawn;

        /// <param name="operationAfter">Creates the operation that begins after a cursor. Null begins with a snapshot.</param>
        internal PartyStream(
            LobbyConnection connection, Func<string?, LobbyOperation<PartyEvent>> operationAfter, Position position)
            : base(connection)
        {
            _operationAfter = operationAfter;
            _position = position;
        }

        /// <summary>
        /// The party has changed: draw it. Raised after the event that describes the change. The first time it is raised in the
        /// next frame, with the party that the stream began with, or with the first snapshot.
        /// </summary>
        public event Action<LobbyParty>? Changed;

        /// <summary>
        /// Any entry of the log, or a snapshot. Raised before the event of its own kind, and also for kinds that this version
        /// of the package does not know.
        /// </summary>
        public event Action<PartyEvent>? Happened;

        /// <summary>The party as of the last entry or snapshot; null before the first.</summary>
        public LobbyParty? Party { get; private set; }

        /// <summary>
        /// The number of the last applied entry; null before the first. A mutation's result has a <c>seq</c> too: once this
        /// number reaches it, the stream shows the effect of the mutation.
        /// </summary>
        public int? AppliedSeq
        {
            get { return _position.Seq; }
        }

        /// <summary>The cursor of the last applied entry, with which <see cref="LobbyConnection.WatchParty(string, string)"/> resumes.</summary>
        public string? Cursor
        {
            get { return _position.Cursor; }
        }

        internal override string Subscribe(GraphQLSocket socket)
        {
            return socket.Subscribe(_operationAfter(_position.Cursor));
        }

        internal override void StartOver()
        {
            _position.StartOver();
        }

        /// <summary>The stream begins with this party, which nobody has drawn yet.</summary>
        internal void BeginWith(LobbyParty party)
        {
            Party = party;
            _isUndrawn = true;
        }

        internal override void RaiseChanged()
        {
            if (!_isUndrawn) return;
            _isUndrawn = false;
            Raise(Changed, Party!);
        }

        internal override void Take(object frame, SocketMessage message)
        {
            var happened = (PartyEvent)frame;
            Connection.RecordServerTime(happened.At, message.ReceivedAtMs);
            switch (_position.ActionFor(happened.Kind, happened.Seq, happened.ReconnectAfterMs != null))
            {
                case FrameAction.Apply: Apply(happened); break;
                case FrameAction.Control: HandleControl(happened); break;
                case FrameAction.Resume: Connection.Resume(this); break;
            }
        }

        private void Apply(PartyEvent happened)
        {
            _position.Applied(happened.Seq, happened.Cursor);
            if (happened.Party != null) Party = happened.Party;
            _isUndrawn = false;
            Raise(Happened, happened);
            Raise(HandlersOf(happened.Kind), happened);
            if (Party != null) Raise(Changed, Party);
        }

        private void HandleControl(PartyEvent happened)
        {
            if (happened.ReconnectAfterMs != null) Connection.ReturnAfter(happened.ReconnectAfterMs.Value);
            Raise(HandlersOf(happened.Kind), happened);
            if (happened.Kind == PartyEventKind.Removed) Finish(StreamEndReason.Removed, "The player is no longer in the party.");
        }
    }
}
