#nullable enable
using System;
using System.Collections.Generic;
using System.Linq;

namespace AdventureBotLobby.Hosting
{
    /// <summary>Which player is behind which client of the game's network, and who has lost the connection.</summary>
    internal sealed class ClientRoster
    {
        private readonly Dictionary<ulong, string> _players = new Dictionary<ulong, string>();
        private readonly Dictionary<string, ulong> _clients = new Dictionary<string, ulong>();
        private readonly Dictionary<string, DateTime> _absentSince = new Dictionary<string, DateTime>();

        public IEnumerable<string> Players
        {
            get { return _clients.Keys; }
        }

        /// <summary>The players who are connected or may come back.</summary>
        public List<string> All()
        {
            return _clients.Keys.Concat(_absentSince.Keys).ToList();
        }

        /// <summary>The player of a client; null if the client is none of a player.</summary>
        public string? PlayerOf(ulong clientId)
        {
            string? playerId;
            return _players.TryGetValue(clientId, out playerId) ? playerId : null;
        }

        public bool TryGetClient(string playerId, out ulong clientId)
        {
            return _clients.TryGetValue(playerId, out clientId);
        }

        /// <summary>Returns the earlier client of the same player, or null.</summary>
        public ulong? Put(ulong clientId, string playerId)
        {
            ulong earlier;
            bool isReplaced = _clients.TryGetValue(playerId, out earlier) && earlier != clientId;
            if (isReplaced) _players.Remove(earlier);
            _players[clientId] = playerId;
            _clients[playerId] = clientId;
            _absentSince.Remove(playerId);
            return isReplaced ? earlier : (ulong?)null;
        }

        /// <summary>The connection of a client is lost. Its player may come back.</summary>
        public void Lose(ulong clientId, DateTime now)
        {
            string? playerId = PlayerOf(clientId);
            if (playerId == null) return;
            _players.Remove(clientId);
            _clients.Remove(playerId);
            _absentSince[playerId] = now;
        }

        /// <summary>Forgets a player. Returns the client, or null if the player has none.</summary>
        public ulong? Remove(string playerId)
        {
            _absentSince.Remove(playerId);
            ulong clientId;
            if (!_clients.TryGetValue(playerId, out clientId)) return null;
            _clients.Remove(playerId);
            _players.Remove(clientId);
            return clientId;
        }

        /// <summary>Forgets the players who are absent since this time or longer, and returns them.</summary>
        public List<string> TakeAbsentSince(DateTime time)
        {
            if (_absentSince.Count == 0) return _none;
            List<string> gone = _absentSince.Where(each => each.Value <= time).Select(each => each.Key).ToList();
            foreach (string playerId in gone) _absentSince.Remove(playerId);
            return gone;
        }

        private static readonly List<string> _none = new List<string>();
    }
}
