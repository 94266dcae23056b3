#nullable enable
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBotLobby.Hosting
{
    /// <summary>
    /// Calls of the player who hosts a run, with what is at hand in place of the inputs of the schema. <see cref="RunHost"/> makes all of
    /// them by itself: they are for a game with a host's side of its own.
    /// </summary>
    public static class LobbyHostShortcuts
    {
        /// <summary>The host, or the candidate of <see cref="PartyStream.HostLost"/>: says where the others reach its game.</summary>
        /// <param name="term">The host's own term, or the event's <c>HostTerm</c>.</param>
        public static Task<LobbyResult<SessionChanged>> ReportEndpointAsync(
            this ILobbyHostClient lobby, LobbySession session, int term, EndpointInput endpoint,
            CancellationToken cancellation = default(CancellationToken))
        {
            return lobby.ReportEndpointAsync(
                new UpdateSessionInput { SessionId = session.Id, HostTerm = term, Endpoint = endpoint }, cancellation);
        }

        /// <summary>
        /// The host: spends the ticket that a player showed, before it lets the player in. Each ticket can be spent once. Verify
        /// its signature with the lobby's keys first.
        /// </summary>
        public static Task<LobbyResult<SessionChanged>> SpendTicketAsync(
            this ILobbyHostClient lobby, LobbySession session, int term, string ticket,
            CancellationToken cancellation = default(CancellationToken))
        {
            return lobby.HostSpendTicketAsync(
                new SpendTicketInput { SessionId = session.Id, HostTerm = term, Ticket = ticket }, cancellation);
        }

        /// <summary>The host: says who has come into its game, and who has left it for good.</summary>
        /// <param name="entered">Ids of players; or null.</param>
        /// <param name="left">Ids of players; or null.</param>
        public static Task<LobbyResult<SessionChanged>> ReportPlayersAsync(
            this ILobbyHostClient lobby, LobbySession session, int term, IReadOnlyList<string>? entered, IReadOnlyList<string>? left,
            CancellationToken cancellation = default(CancellationToken))
        {
            var input = new ReportPlayersInput { SessionId = session.Id, HostTerm = term, Entered = entered, Left = left };
            return lobby.HostReportPlayersAsync(input, cancellation);
        }
    }
}
