using System;
using System.Collections.Generic;

namespace AdventureBot2.Lobby
{
    /// <summary>
    /// The public list, kept up to date. After a lost connection the server tells it anew; what was listed stays meanwhile,
    /// and what is not told again goes.
    /// </summary>
    public sealed class PartyListStream : LobbyStream
    {
        /// <summary>For how long after a new beginning the server may take to tell what is listed.</summary>
        public const int RetellMs = 2000;

        /// <summary>
        /// Of the parties kept; those told later are left out. The server begins with 50, and more come as they open.
        /// </summary>
        public const int PartiesMax = 500;

        private readonly PartyFilter _filter;
        private readonly List<PartyListing> _parties = new List<PartyListing>();
        private readonly HashSet<string> _untold = new HashSet<string>();
        private long? _retoldAtMs;
        private bool _isChanged;

        internal PartyListStream(LobbyConnection connection, PartyFilter filter)
            : base(connection)
        {
            _filter = filter;
        }

        /// <summary>The list is another: draw it. Raised once for all that happened in a frame.</summary>
        public event Action<IReadOnlyList<PartyListing>> Changed;

        /// <summary>One change of the list.</summary>
        public event Action<LobbyEvent> Happened;

        /// <summary>In the order in which they were told of. The same object for the life of the stream.</summary>
        public IReadOnlyList<PartyListing> Parties
        {
            get { return _parties; }
        }

        internal override string Subscribe(Link link)
        {
            return link.Subscribe(LobbyOperations.WatchLobby(_filter));
        }

        internal override void Begin(Link link, long nowMs)
        {
            foreach (PartyListing party in _parties) _untold.Add(party.Id);
            _retoldAtMs = nowMs + RetellMs;
            base.Begin(link, nowMs);
        }

        internal override void Take(object frame, SocketMessage message)
        {
            var change = (LobbyEvent)frame;
            Connection.HeardTime(change.At, message.HeardAtMs);
            _untold.Remove(change.PartyId);
            if (change.Party == null) Drop(change.PartyId);
            else Put(change.Party);
            _isChanged = true;
            Raise(Happened, change);
        }

        internal override void Summarise()
        {
            if (!_isChanged) return;
            _isChanged = false;
            Raise(Changed, Parties);
        }

        internal override void Look(long nowMs)
        {
            if (_retoldAtMs == null || nowMs < _retoldAtMs) return;
            _retoldAtMs = null;
            if (_parties.RemoveAll(party => _untold.Contains(party.Id)) > 0) Raise(Changed, Parties);
            _untold.Clear();
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
