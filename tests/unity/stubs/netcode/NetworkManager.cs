using System;
using System.Collections.Generic;
using System.Linq;
using Unity.Netcode.Transports.UTP;
using UnityEngine;

namespace Unity.Netcode
{
    public sealed class NetworkConfig
    {
        public byte[] ConnectionData = new byte[0];

        public bool ConnectionApproval;
    }

    /// <summary>
    /// A stub of Netcode's class: the managers of one process reach each other by the ports of their transports. As Netcode does,
    /// it works once a frame, asks for approval, and ends a game in the frame after Shutdown.
    /// </summary>
    public class NetworkManager : MonoBehaviour
    {
        public const ulong ServerClientId = 0;

        private static readonly List<NetworkManager> _hosts = new List<NetworkManager>();

        public NetworkConfig NetworkConfig = new NetworkConfig();

        private readonly Dictionary<ulong, NetworkManager> _clients = new Dictionary<ulong, NetworkManager>();
        private readonly Dictionary<ulong, ConnectionApprovalResponse> _pending = new Dictionary<ulong, ConnectionApprovalResponse>();
        private NetworkManager _host;
        private ulong _nextClientId = 1;
        private bool _isCut;

        public event Action<ulong> OnClientConnectedCallback;

        public event Action<ulong> OnClientDisconnectCallback;

        public event Action OnTransportFailure;

        public static NetworkManager Singleton { get; private set; }

        public Action<ConnectionApprovalRequest, ConnectionApprovalResponse> ConnectionApprovalCallback { get; set; }

        /// <summary>Not of Netcode.</summary>
        public string Role { get; private set; }

        public bool IsListening
        {
            get { return Role != null; }
        }

        public bool ShutdownInProgress { get; private set; }

        public ulong LocalClientId { get; private set; }

        public string DisconnectReason { get; private set; }

        /// <summary>Not of Netcode: who is connected to this host.</summary>
        public IEnumerable<ulong> Connected
        {
            get { return _clients.Keys.Where(each => !_pending.ContainsKey(each)); }
        }

        private ushort Port
        {
            get { return GetComponent<UnityTransport>().Port; }
        }

        public bool StartClient()
        {
            if (IsListening) return false;
            Role = "client";
            DisconnectReason = "";
            return true;
        }

        public bool StartHost()
        {
            if (IsListening || _hosts.Any(each => each.Port == Port)) return false;
            Role = "host";
            _hosts.Add(this);
            LocalClientId = ServerClientId;
            var request = new ConnectionApprovalRequest { ClientNetworkId = ServerClientId, Payload = NetworkConfig.ConnectionData };
            if (NetworkConfig.ConnectionApproval) ConnectionApprovalCallback(request, new ConnectionApprovalResponse());
            return true;
        }

        public void Shutdown(bool discardMessageQueue = false)
        {
            ShutdownInProgress = Role != null;
        }

        public void DisconnectClient(ulong clientId, string reason)
        {
            NetworkManager client;
            if (!_clients.TryGetValue(clientId, out client)) return;
            _clients.Remove(clientId);
            _pending.Remove(clientId);
            client.EndAsClient(reason);
            if (OnClientDisconnectCallback != null) OnClientDisconnectCallback(clientId);
        }

        /// <summary>Not of Netcode: the cable is cut, and both sides notice it.</summary>
        public void Cut()
        {
            _isCut = true;
        }

        /// <summary>Not of Netcode: the transport reports a failure.</summary>
        public void Fail()
        {
            if (OnTransportFailure != null) OnTransportFailure();
        }

        private void Awake()
        {
            Singleton = this;
        }

        private void Update()
        {
            if (ShutdownInProgress) End();
            else if (_isCut && _host != null) _host.DisconnectClient(LocalClientId, "");
            else if (Role == "client" && _host == null) Connect();
            else if (Role == "host") Answer();
            _isCut = false;
        }

        private void End()
        {
            ShutdownInProgress = false;
            _hosts.Remove(this);
            foreach (ulong clientId in _clients.Keys.ToArray()) DisconnectClient(clientId, "");
            NetworkManager host = _host;
            _host = null;
            Role = null;
            if (host != null) host.DisconnectClient(LocalClientId, "");
        }

        private void Connect()
        {
            _host = _hosts.FirstOrDefault(each => each.Port == Port && each.Role == "host");
            if (_host == null) return;
            LocalClientId = _host._nextClientId++;
            _host._clients.Add(LocalClientId, this);
            var response = new ConnectionApprovalResponse { Pending = false };
            _host._pending.Add(LocalClientId, response);
            var request = new ConnectionApprovalRequest { ClientNetworkId = LocalClientId, Payload = NetworkConfig.ConnectionData };
            if (_host.NetworkConfig.ConnectionApproval) _host.ConnectionApprovalCallback(request, response);
            else response.Approved = true;
        }

        private void Answer()
        {
            foreach (KeyValuePair<ulong, ConnectionApprovalResponse> each in _pending.ToArray())
            {
                if (each.Value.Pending) continue;
                _pending.Remove(each.Key);
                if (!each.Value.Approved)
                {
                    DisconnectClient(each.Key, each.Value.Reason);
                    continue;
                }
                NetworkManager client = _clients[each.Key];
                if (OnClientConnectedCallback != null) OnClientConnectedCallback(each.Key);
                if (client.OnClientConnectedCallback != null) client.OnClientConnectedCallback(each.Key);
            }
        }

        private void EndAsClient(string reason)
        {
            DisconnectReason = reason;
            _host = null;
            Role = null;
            if (OnClientDisconnectCallback != null) OnClientDisconnectCallback(LocalClientId);
        }

        public struct ConnectionApprovalRequest
        {
            public byte[] Payload;
            public ulong ClientNetworkId;
        }

        public class ConnectionApprovalResponse
        {
            public bool Approved;
            public bool CreatePlayerObject;
            public bool Pending;
            public string Reason;
        }
    }
}
