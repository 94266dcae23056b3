#nullable enable
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBotLobby
{
    /// <summary>
    /// Calls with what a screen has at hand, in place of the inputs of the schema. For the other members of an input call the
    /// operation itself.
    /// </summary>
    public static class LobbyShortcuts
    {
        private const string Discord = "discord";

        /// <summary>The member with this id; null without one.</summary>
        public static LobbyMember? Find(this LobbyParty party, string playerId)
        {
            return party.Members.FirstOrDefault(member => member.Player.Id == playerId);
        }

        /// <summary>Signs in with Discord. The player keeps the account's name.</summary>
        /// <param name="code">The code of the <c>authorize</c> of Discord's SDK.</param>
        public static Task<LobbyResult<CredentialsGranted>> SignInWithDiscordAsync(
            this ILobbyClient lobby, string code, CancellationToken cancellation = default(CancellationToken))
        {
            return lobby.SignInWithAsync(new SignInWithInput { Provider = Discord, Token = code }, cancellation);
        }

        /// <summary>Gets ready for the settings that this party shows, or not ready.</summary>
        public static Task<LobbyResult<PartyChanged>> SetReadyAsync(
            this ILobbyClient lobby, LobbyParty party, bool isReady, CancellationToken cancellation = default(CancellationToken))
        {
            var input = new SetReadyInput { PartyId = party.Id, Ready = isReady, SettingsVersion = party.Settings.Version };
            return lobby.SetReadyAsync(input, cancellation);
        }

        /// <summary>Changes to another team.</summary>
        /// <param name="team">1 to the number of teams of the party's settings.</param>
        public static Task<LobbyResult<PartyChanged>> SetTeamAsync(
            this ILobbyClient lobby, LobbyParty party, int team, CancellationToken cancellation = default(CancellationToken))
        {
            return lobby.SetTeamAsync(new SetTeamInput { PartyId = party.Id, Team = team }, cancellation);
        }

        /// <summary>Invites a player to the party.</summary>
        public static Task<LobbyResult<InviteChanged>> InvitePlayerAsync(
            this ILobbyClient lobby, LobbyParty party, string playerId, CancellationToken cancellation = default(CancellationToken))
        {
            return lobby.InvitePlayerAsync(new InvitePlayerInput { PartyId = party.Id, PlayerId = playerId }, cancellation);
        }

        /// <summary>Accepts an invite, and leaves the party that the player is in.</summary>
        public static Task<LobbyResult<PartyChanged>> AcceptInviteAsync(
            this ILobbyClient lobby, ReceivedInvite invite, CancellationToken cancellation = default(CancellationToken))
        {
            return lobby.AcceptInviteAsync(new AcceptInviteInput { InviteId = invite.Id, LeaveCurrent = true }, cancellation);
        }

        /// <summary>Joins a party, or waits for a seat if it is full. The inbox tells when a seat is held for the player.</summary>
        public static Task<LobbyResult<PartyChanged>> JoinOrWaitAsync(
            this ILobbyClient lobby, string partyId, CancellationToken cancellation = default(CancellationToken))
        {
            return lobby.JoinByIdAsync(new JoinPartyInput { PartyId = partyId, Wait = true }, cancellation);
        }

        /// <summary>Lets the party search for others. The leader only.</summary>
        public static Task<LobbyResult<SearchChanged>> StartSearchAsync(
            this ILobbyClient lobby, LobbyParty party, SearchCriteria criteria,
            CancellationToken cancellation = default(CancellationToken))
        {
            return lobby.StartSearchAsync(new StartSearchInput { PartyId = party.Id, Criteria = criteria }, cancellation);
        }

        /// <summary>Opens a party that continues a saved run, with a seat for each of its players.</summary>
        public static Task<LobbyResult<PartyChanged>> ContinueRunAsync(
            this ILobbyClient lobby, LobbyRun run, CancellationToken cancellation = default(CancellationToken))
        {
            return lobby.ContinueRunAsync(new ContinueRunInput { SessionId = run.SessionId, LeaveCurrent = true }, cancellation);
        }

        /// <summary>Lets a member post no messages, or post again. The leader only.</summary>
        public static Task<LobbyResult<PartyChanged>> MuteMemberAsync(
            this ILobbyClient lobby, LobbyParty party, string playerId, bool isMuted,
            CancellationToken cancellation = default(CancellationToken))
        {
            return lobby.MuteMemberAsync(
                new MuteMemberInput { PartyId = party.Id, PlayerId = playerId, Muted = isMuted }, cancellation);
        }

        /// <summary>Reports another player of the party to the moderators.</summary>
        /// <param name="reason">What the player did, in the reporter's words.</param>
        public static Task<LobbyResult<LobbyReported>> ReportPlayerAsync(
            this ILobbyClient lobby, LobbyParty party, string playerId, string reason,
            CancellationToken cancellation = default(CancellationToken))
        {
            return lobby.ReportPlayerAsync(
                new ReportPlayerInput { PartyId = party.Id, PlayerId = playerId, Reason = reason }, cancellation);
        }

        /// <summary>Says that the own game has loaded. <see cref="PartyStream.SessionGo"/> comes when all have.</summary>
        public static Task<LobbyResult<SessionChanged>> MarkLoadedAsync(
            this ILobbyClient lobby, LobbySession session, CancellationToken cancellation = default(CancellationToken))
        {
            return lobby.MarkLoadedAsync(new SessionActionInput { SessionId = session.Id }, cancellation);
        }
    }
}
