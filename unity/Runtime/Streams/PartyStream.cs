using System;

namespace AdventureBot2.Lobby
{
    /// <summary>
    /// Everything that happens in a party, each entry of its log once and in order, whatever happens to the connection.
    /// After a lost connection it resumes from the last entry applied; if that was too long ago, one snapshot stands for
    /// what was missed.
    /// </summary>
    public sealed partial class PartyStream : LobbyStream
    {
        private readonly Func<string, LobbyOperation<PartyEvent>> _operationAfter;
        private readonly Position _position;

        /// <param name="operationAfter">The operation that begins after a cursor; null begins with a snapshot.</param>
        internal PartyStream(
            LobbyConnection connection, Func<string, LobbyOperation<PartyEvent>> operationAfter, Position position)
            : base(connection)
        {
            _operationAfter = operationAfter;
            _position = position;
        }

        /// <summary>The party as of the last entry or snapshot; null before the first.</summary>
        public Party Party { get; internal set; }

        /// <summary>
        /// The number of the last entry applied. A mutation's answer has a <c>seq</c> too: once this has reached it, the
        /// stream shows what the mutation did. Null before the first.
        /// </summary>
        public int? AppliedSeq
        {
            get { return _position.Seq; }
        }

        /// <summary>Where it stands; give it to <see cref="LobbyConnection.WatchParty(string, string)"/> to go on from there.</summary>
        public string Cursor
        {
            get { return _position.Cursor; }
        }

        internal override string Subscribe(Link link)
        {
            return link.Subscribe(_operationAfter(_position.Cursor));
        }

        internal override void Take(object frame, SocketMessage message)
        {
            var happened = (PartyEvent)frame;
            Connection.HeardTime(happened.At, message.HeardAtMs);
            switch (_position.Of(happened.Kind, happened.Seq, happened.ReconnectAfterMs != null))
            {
                case Verdict.Apply: Apply(happened); break;
                case Verdict.Heed: Heed(happened); break;
                case Verdict.Lost: Connection.Resume(this); break;
            }
        }

        private void Apply(PartyEvent happened)
        {
            _position.Applied(happened.Seq, happened.Cursor);
            Party = happened.Party;
            Raise(Happened, happened);
            Raise(HandlersOf(happened.Kind), happened);
            Raise(Changed, Party);
        }

        private void Heed(PartyEvent happened)
        {
            if (happened.ReconnectAfterMs != null) Connection.ReturnAfter(happened.ReconnectAfterMs.Value);
            Raise(HandlersOf(happened.Kind), happened);
            if (happened.Kind == PartyEventKind.Removed) Finish(StreamEndReason.Removed, "The player is no longer in the party.");
        }
    }
}
