#nullable enable
using System;
using System.Collections.Generic;

namespace AdventureBotLobby
{
    /// <summary>
    /// The public list of parties, kept up to date. After a reconnect the server sends the whole list again. Listed parties stay
    /// meanwhile, and those that the server does not send again are removed.
    /// </summary>
    public sealed class PartyListStream : LobbyStream, IPartyListStream
    {
        /// <summary>The time that the server has to send the list again after a new subscription.</summary>
        public const int RetellMs = 2000;

        /// <summary>
        /// The maximum length of the list. Later parties are left out. The server begins with 50, and sends more as they open.
        /// </summary>
        public const int PartiesMax = 500;

        private readonly PartyFilter? _filter;
        private readonly List<PartyListing> _parties = new List<PartyListing>();
        private readonly HashSet<string> _unconfirmed = new HashSet<string>();
        private long? _confirmUntilMs;
        private bool _isChanged;

        internal PartyListStream(LobbyConnection connection, PartyFilter? filter)
            : base(connection)
        {
            _filter = filter;
        }

        /// <summary>The list has changed: draw it. Raised at most once per frame.</summary>
        public event Action<IReadOnlyList<PartyListing>>? Changed;

        /// <summary>One change of the list.</summary>
        public event Action<LobbyEvent>? Happened;

        /// <summary>The listed parties, in the order of their arrival. The same object for the life of the stream.</summary>
        public IReadOnlyList<PartyListing> Parties
        {
            get { return _parties; }
        }

        internal override string Subscribe(GraphQLSocket socket)
        {
            return socket.Subscribe(LobbyOperations.WatchLobby(_filter));
        }

        internal override void Begin(GraphQLSocket socket, long nowMs)
        {
            foreach (PartyListing party in _parties) _unconfirmed.Add(party.Id);
            _confirmUntilMs = nowMs + RetellMs;
            base.Begin(socket, nowMs);
        }

        internal override void Take(object frame, SocketMessage message)
        {
            var change = (LobbyEvent)frame;
            Connection.RecordServerTime(change.At, message.ReceivedAtMs);
            _unconfirmed.Remove(change.PartyId);
            if (change.Party == null) Drop(change.PartyId);
            else Put(change.Party);
            _isChanged = true;
            Raise(Happened, change);
        }

        internal override void RaiseChanged()
        {
            if (!_isChanged) return;
            _isChanged = false;
            Raise(Changed, Parties);
        }

        internal override void CheckTimeouts(long nowMs)
        {
            if (_confirmUntilMs == null || nowMs < _confirmUntilMs) return;
            _confirmUntilMs = null;
            if (_parties.RemoveAll(party => _unconfirmed.Contains(party.Id)) > 0) Raise(Changed, Parties);
            _unconfirmed.Clear();
        }

        private void Put(PartyListing party)
        {
            int place = PlaceOf(party.Id);
            if (place >= 0) _parties[place] = party;
            else if (_parties.Count < PartiesMax) _parties.Add(party);
        }

        private void Drop(string partyId)
        {
            int place = PlaceOf(partyId);
            if (place >= 0) _parties.RemoveAt(place);
        }

        private int PlaceOf(string partyId)
        {
            return _parties.FindIndex(party => party.Id == partyId);
        }
    }
}
