using System;
using System.Threading.Tasks;
#if LOBBY_SAMPLE_NETCODE
using System.Text;
using Unity.Netcode;
using Unity.Netcode.Transports.UTP;
#endif
using UnityEngine;

namespace AdventureBotLobby.Sample
{
    /// <summary>
    /// From the lobby into the game: connects to the endpoint of a session with the player's own ticket. If the server
    /// provides no endpoint, the host of the session hosts the game and publishes its address. When the host is gone, the next one does.
    /// </summary>
    /// <remarks>
    /// The ticket is a signed token for this player and this session. It is valid once, for a minute. The host verifies it in
    /// its ConnectionApprovalCallback, from <c>request.Payload</c>, with the lobby's published keys.
    /// </remarks>
    public sealed class GameHandOver
    {
        private readonly LobbyScreen _screen;
        private string _connectedTo;

        public GameHandOver(LobbyScreen screen)
        {
            _screen = screen;
        }

        /// <summary>The session runs. The ticket is null for a player who has none, or needs a fresh one.</summary>
        public void Started(LobbyParty party, LobbySession session, SessionTicket ticket)
        {
            if (session.Endpoint != null) Connect(session, ticket);
            else if (Hosts(party, session)) _screen.Do(() => HostAsync(session, session.Host == null ? (int?)null : session.Host.Term));
        }

        /// <summary>The session has changed. It may have an endpoint now.</summary>
        public void Updated(LobbyParty party, LobbySession session)
        {
            if (session.Endpoint != null && session.Status == SessionStatus.InProgress) Connect(session, null);
        }

        /// <summary>The host is gone. The candidate hosts the run, and all others wait for HostChanged.</summary>
        public void HostLost(PartyEvent happened)
        {
            Disconnect();
            if (happened.Candidate == null) _screen.Say("The host is gone. Waiting for another player.");
            else if (IsMe(happened.Candidate)) _screen.Do(() => HostAsync(happened.Session, happened.HostTerm));
            else _screen.Say("The host is gone. " + happened.Candidate.DisplayName + " is asked to host.");
        }

        /// <summary>Another player hosts the run. The event has the endpoint, and this player's own fresh ticket.</summary>
        public void HostChanged(PartyEvent happened)
        {
            if (happened.Session.Host != null && IsMe(happened.Session.Host.Player)) return;
            Disconnect();
            Connect(happened.Session, happened.Ticket);
        }

        public void Ended()
        {
            Disconnect();
        }

        private void Disconnect()
        {
            if (_connectedTo == null) return;
            _connectedTo = null;
#if LOBBY_SAMPLE_NETCODE
            if (NetworkManager.Singleton != null) NetworkManager.Singleton.Shutdown();
#endif
        }

        private bool IsMe(LobbyPlayer player)
        {
            return player.Id == _screen.Lobby.Player.Id;
        }

        private bool Hosts(LobbyParty party, LobbySession session)
        {
            if (session.Host != null) return IsMe(session.Host.Player);
            foreach (LobbyMember member in party.Members)
            {
                if (member.IsLeader) return IsMe(member.Player);
            }
            return false;
        }

        private void Connect(LobbySession session, SessionTicket ticket)
        {
            if (_connectedTo == session.Id) return;
            _connectedTo = session.Id;
            if (ticket != null && ticket.ExpiresAt > _screen.Connection.ServerNow) TryStartClient(session.Endpoint, ticket.Token);
            else _screen.Do(() => ConnectAsync(session));
        }

        private async Task ConnectAsync(LobbySession session)
        {
            var enter = new SessionActionInput { SessionId = session.Id };
            SessionChanged entered = _screen.Granted(await _screen.Lobby.JoinSessionAsync(enter));
            if (entered != null) TryStartClient(entered.Session.Endpoint, entered.Ticket.Token);
            else _connectedTo = null;
        }

        /// <param name="term">The host's term; null from a leader of a session without a host.</param>
        private async Task HostAsync(LobbySession session, int? term)
        {
            _connectedTo = session.Id;
            StartHost();
            var here = new EndpointInput { Address = _screen.hostAddress, Port = _screen.hostPort, Protocol = "udp" };
            var report = new UpdateSessionInput { SessionId = session.Id, Endpoint = here, HostTerm = term };
            if (_screen.Granted(await _screen.Lobby.ReportEndpointAsync(report)) == null) Disconnect();
        }

        /// <summary>A relay has a code in place of an address. Others need keys that this sample does not have.</summary>
        private void TryStartClient(LobbyEndpoint endpoint, string ticket)
        {
            if (IsKnown(endpoint.Protocol) && endpoint.Address != null && endpoint.Port != null) StartClient(endpoint, ticket);
            else if (endpoint.RelayCode != null) _screen.Say("Join the relay with the code " + endpoint.RelayCode + ".");
            else _screen.Say("This sample cannot play over " + endpoint.Protocol + ".");
        }

        private static bool IsKnown(string protocol)
        {
#if LOBBY_SAMPLE_NETCODE && !LOBBY_SAMPLE_WEBSOCKETS
            return protocol == "udp";
#else
            return protocol == "udp" || protocol == "ws";
#endif
        }

#if LOBBY_SAMPLE_NETCODE
        private void StartClient(LobbyEndpoint endpoint, string ticket)
        {
            NetworkManager network = NetworkManager.Singleton;
            UnityTransport transport = network.GetComponent<UnityTransport>();
#if LOBBY_SAMPLE_WEBSOCKETS
            transport.UseWebSockets = endpoint.Protocol == "ws";
#endif
            transport.SetConnectionData(endpoint.Address, (ushort)endpoint.Port.Value);
            network.NetworkConfig.ConnectionData = Encoding.UTF8.GetBytes(ticket);
            _screen.Say(network.StartClient() ? "Into the dungeon." : "The game could not be started.");
        }

        private void StartHost()
        {
            NetworkManager network = NetworkManager.Singleton;
            network.GetComponent<UnityTransport>().SetConnectionData("0.0.0.0", (ushort)_screen.hostPort);
            _screen.Say(network.StartHost() ? "Into the dungeon, as its host." : "The game could not be started.");
        }
#else
        private void StartClient(LobbyEndpoint endpoint, string ticket)
        {
            _screen.Say("Into the dungeon at " + endpoint.Address + ":" + endpoint.Port + ".");
        }

        private void StartHost()
        {
            _screen.Say("Into the dungeon, as its host.");
        }
#endif
    }
}
