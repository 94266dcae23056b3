#nullable enable
using System;
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBotLobby.Hosting
{
    /// <summary>
    /// Verifies tickets of one session: the signature with the lobby's published key, and that the ticket is for this session,
    /// for this host, and still valid. The lobby is not asked, so a bad ticket costs it nothing.
    /// </summary>
    public sealed class TicketVerifier
    {
        /// <summary>The maximum length of a ticket in characters. The lobby's have about 600.</summary>
        public const int TicketMax = 4096;

        private const string Issuer = "adventurebot2-lobby";
        private const string Algorithm = "EdDSA";

        private readonly ITicketKeys _keys;
        private readonly Func<DateTime> _serverNow;

        /// <param name="keys">The lobby's public keys.</param>
        /// <param name="serverNow">The server's clock in UTC: that of <see cref="LobbyConnection.ServerNow"/>.</param>
        public TicketVerifier(ITicketKeys keys, Func<DateTime> serverNow)
        {
            if (keys == null) throw new ArgumentNullException("keys");
            if (serverNow == null) throw new ArgumentNullException("serverNow");
            _keys = keys;
            _serverNow = serverNow;
        }

        /// <summary>The outcome for a ticket that somebody shows.</summary>
        /// <param name="token">The text of the ticket; null counts as malformed.</param>
        /// <param name="sessionId">The session that is played here.</param>
        /// <param name="hostTerm">The term of the host that runs here; null for a game server.</param>
        /// <param name="cancellation">Cancels the download of the keys.</param>
        public async Task<TicketCheck> CheckAsync(
            string? token, string sessionId, int? hostTerm, CancellationToken cancellation = default(CancellationToken))
        {
            SignedToken? signed = token == null || token.Length > TicketMax ? null : SignedToken.Read(token);
            if (signed == null || signed.Algorithm != Algorithm) return TicketCheck.Of(TicketProblem.Malformed);
            byte[]? key = signed.KeyId == null ? null : await _keys.FindAsync(signed.KeyId, cancellation);
            if (key == null) return TicketCheck.Of(TicketProblem.UnknownKey);
            if (!Ed25519Verifier.IsSignedBy(key, signed.Signed, signed.Signature)) return TicketCheck.Of(TicketProblem.BadSignature);
            LobbyTicket? ticket = Claims(signed.Claims);
            if (ticket == null || ticket.Issuer != Issuer || ticket.PlayerId.Length == 0) return TicketCheck.Of(TicketProblem.Malformed);
            if (ticket.SessionId != sessionId) return TicketCheck.Of(TicketProblem.OtherSession);
            if (ticket.HostTerm != hostTerm) return TicketCheck.Of(TicketProblem.OtherHost);
            return ticket.ExpiresAt > _serverNow() ? TicketCheck.Of(ticket) : TicketCheck.Of(TicketProblem.Expired);
        }

        private static LobbyTicket? Claims(string json)
        {
            try
            {
                return LobbyTicket.Read(new LobbyJsonReader(json));
            }
            catch (MalformedJsonException)
            {
                // Signed by the lobby, but for something else than a session.
                return null;
            }
        }
    }

    /// <summary>The outcome of a check: a ticket, or a problem.</summary>
    public sealed class TicketCheck
    {
        private TicketCheck()
        {
        }

        /// <summary>The ticket; null if it has a problem.</summary>
        public LobbyTicket? Ticket { get; private set; }

        /// <summary>The problem; <see cref="TicketProblem.None"/> for a valid ticket.</summary>
        public TicketProblem Problem { get; private set; }

        internal static TicketCheck Of(LobbyTicket ticket)
        {
            return new TicketCheck { Ticket = ticket };
        }

        internal static TicketCheck Of(TicketProblem problem)
        {
            return new TicketCheck { Problem = problem };
        }
    }

    /// <summary>Why a ticket lets nobody in.</summary>
    public enum TicketProblem
    {
        /// <summary>The ticket is valid.</summary>
        None,

        /// <summary>It is no ticket of a lobby: another form, another algorithm, another issuer.</summary>
        Malformed,

        /// <summary>The lobby has no key with its id, or cannot be reached.</summary>
        UnknownKey,

        /// <summary>The lobby did not sign it, or it was changed.</summary>
        BadSignature,

        /// <summary>It is for another session.</summary>
        OtherSession,

        /// <summary>It is for an earlier or later host of the session.</summary>
        OtherHost,

        /// <summary>Its time is over. The player gets a new one with <c>JoinSessionAsync</c>.</summary>
        Expired,

        /// <summary>Somebody has used it before.</summary>
        Spent,

        /// <summary>The lobby refused it: the player has left the session, the session is over, or another player hosts it now.</summary>
        Refused,

        /// <summary>The lobby did not answer in time. The player may try again with a new ticket.</summary>
        NoAnswer,

        /// <summary>Too many players come in at the same time, or the host is not ready yet. The player may try again.</summary>
        Busy
    }
}
