#nullable enable
using System;

namespace AdventureBotLobby.Hosting
{
    /// <summary>What a ticket says about its player. Its signature has been verified.</summary>
    public sealed class LobbyTicket
    {
        private LobbyTicket()
        {
            PlayerId = SessionId = "";
        }

        /// <summary>The id of the player.</summary>
        public string PlayerId { get; private set; }

        /// <summary>The id of the session.</summary>
        public string SessionId { get; private set; }

        /// <summary>The class on entering the session; null: the player chose none.</summary>
        public string? CharacterClass { get; private set; }

        /// <summary>The team on entering the session; null: the party has no teams.</summary>
        public int? Team { get; private set; }

        /// <summary>A whole number of 63 bits in decimal, the same for all players of the session; null if the session has none.</summary>
        public string? Seed { get; private set; }

        /// <summary>The term of the host that the ticket is for; null if no player hosts the session.</summary>
        public int? HostTerm { get; private set; }

        /// <summary>The ticket is not valid from this time on, in UTC.</summary>
        public DateTime ExpiresAt { get; private set; }

        internal string? Issuer { get; private set; }

        /// <summary>Reads the claims; those of a text that are missing are empty. Null for null. Throws <see cref="MalformedJsonException"/>.</summary>
        internal static LobbyTicket? Read(LobbyJsonReader reader)
        {
            if (!reader.BeginObject()) return null;
            var ticket = new LobbyTicket();
            string? name;
            while (reader.NextMember(out name))
            {
                switch (name)
                {
                    case "iss": ticket.Issuer = reader.ReadString(); break;
                    case "sub": ticket.PlayerId = reader.ReadString() ?? ""; break;
                    case "session": ticket.SessionId = reader.ReadString() ?? ""; break;
                    case "class": ticket.CharacterClass = reader.ReadString(); break;
                    case "team": ticket.Team = reader.ReadIntOrNull(); break;
                    case "seed": ticket.Seed = reader.ReadString(); break;
                    case "host_term": ticket.HostTerm = reader.ReadIntOrNull(); break;
                    case "exp": ticket.ExpiresAt = UnixTime.Of(reader.ReadLong()); break;
                    default: reader.Skip(); break;
                }
            }
            return ticket;
        }
    }

    /// <summary>Seconds since 1970, as JSON Web Tokens count.</summary>
    internal static class UnixTime
    {
        private const long SecondsMax = 253402300799;
        private static readonly DateTime _epoch = new DateTime(1970, 1, 1, 0, 0, 0, DateTimeKind.Utc);

        /// <summary>The time; those outside of the years 1970 to 9999 become the nearest of them.</summary>
        public static DateTime Of(long seconds)
        {
            return _epoch.AddSeconds(Math.Max(0, Math.Min(SecondsMax, seconds)));
        }
    }
}
