using System;
using System.Threading.Tasks;
#if LOBBY_SAMPLE_NETCODE
using System.Text;
using Unity.Netcode;
using Unity.Netcode.Transports.UTP;
#endif
using UnityEngine;

namespace AdventureBot2.Lobby.Sample
{
    /// <summary>
    /// From the lobby into the game: connects to the endpoint of a session with the player's own ticket. If the server
    /// provides no endpoint, the leader hosts the game and publishes its address.
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
        public void Started(Party party, Session session, SessionTicket ticket)
        {
            if (session.Endpoint != null) Connect(session, ticket);
            else if (Leads(party)) _screen.Do(() => HostAsync(session));
        }

        /// <summary>The session has changed. It may have an endpoint now.</summary>
        public void Updated(Party party, Session session)
        {
            if (session.Endpoint != null && session.Status == SessionStatus.InProgress) Connect(session, null);
        }

        public void Ended()
        {
            if (_connectedTo == null) return;
            _connectedTo = null;
#if LOBBY_SAMPLE_NETCODE
            if (NetworkManager.Singleton != null) NetworkManager.Singleton.Shutdown();
#endif
        }

        private bool Leads(Party party)
        {
            foreach (Member member in party.Members)
            {
                if (member.IsLeader) return member.Player.Id == _screen.Lobby.Player.Id;
            }
            return false;
        }

        private void Connect(Session session, SessionTicket ticket)
        {
            if (_connectedTo == session.Id) return;
            _connectedTo = session.Id;
            if (ticket != null && ticket.ExpiresAt > _screen.Connection.ServerNow) StartClient(session.Endpoint, ticket.Token);
            else _screen.Do(() => ConnectAsync(session));
        }

        private async Task ConnectAsync(Session session)
        {
            var enter = new SessionActionInput { SessionId = session.Id };
            SessionChanged entered = _screen.Granted(await _screen.Lobby.JoinSessionAsync(enter));
            if (entered != null) StartClient(entered.Session.Endpoint, entered.Ticket.Token);
            else _connectedTo = null;
        }

        private async Task HostAsync(Session session)
        {
            _connectedTo = session.Id;
            StartHost();
            var here = new EndpointInput { Address = _screen.hostAddress, Port = _screen.hostPort, Protocol = "udp" };
            var report = new UpdateSessionInput { SessionId = session.Id, Endpoint = here };
            _screen.Granted(await _screen.Lobby.UpdateSessionAsync(report));
        }

#if LOBBY_SAMPLE_NETCODE
        private void StartClient(Endpoint endpoint, string ticket)
        {
            NetworkManager network = NetworkManager.Singleton;
            network.GetComponent<UnityTransport>().SetConnectionData(endpoint.Address, (ushort)endpoint.Port);
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
        private void StartClient(Endpoint endpoint, string ticket)
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
