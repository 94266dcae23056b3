#nullable enable
using System;
using System.Text;
using System.Threading.Tasks;
using AdventureBotLobby.Hosting;
using Unity.Netcode;
using Unity.Netcode.Transports.UTP;
using UnityEngine;

namespace AdventureBotLobby.Netcode
{
    /// <summary>
    /// Netcode for GameObjects as the network of a <see cref="GameRun"/>. As a host it lets clients in by Netcode's connection
    /// approval; as a client it shows the ticket as <c>ConnectionData</c>. It uses the manager's approval callback, so a game must not set it.
    /// </summary>
    public sealed class NetcodeNetwork : IGameNetwork
    {
        private readonly NetcodeOptions _options;
        private NetworkManager? _manager;
        private RunHost? _host;
        private TaskCompletionSource<string?>? _joining;
        private bool _isIn;
        private int _turn;

        /// <param name="options">See <see cref="NetcodeOptions"/>.</param>
        public NetcodeNetwork(NetcodeOptions options)
        {
            if (options == null) throw new ArgumentNullException("options");
            _options = options;
        }

        /// <inheritdoc/>
        public event Action<string>? Lost;

        /// <inheritdoc/>
        public async Task<EndpointInput?> HostAsync(RunHost host, string ownPlayerId)
        {
            int turn = ++_turn;
            NetworkManager? manager = await ReadyAsync();
            if (turn != _turn || manager == null) return null;
            EndpointInput? here = await HereAsync(manager.GetComponent<UnityTransport>());
            if (turn != _turn || here == null) return null;
            _host = host;
            manager.NetworkConfig.ConnectionApproval = true;
            manager.NetworkConfig.ConnectionData = new byte[0];
            manager.ConnectionApprovalCallback = Approve;
            Listen(manager);
            if (manager.StartHost())
            {
                host.EnterMyself(NetworkManager.ServerClientId, ownPlayerId);
                return here;
            }
            Stop();
            return null;
        }

        /// <inheritdoc/>
        public async Task<string?> JoinAsync(LobbyEndpoint endpoint, string ticket)
        {
            int turn = ++_turn;
            NetworkManager? manager = await ReadyAsync();
            if (turn != _turn) return "Another attempt has begun.";
            if (manager == null) return "There is no NetworkManager with a UnityTransport.";
            string? problem = await ProblemOfAsync(manager.GetComponent<UnityTransport>(), endpoint);
            if (turn != _turn) return "Another attempt has begun.";
            if (problem != null) return problem;
            // The same on the host: Netcode compares it.
            manager.NetworkConfig.ConnectionApproval = true;
            manager.NetworkConfig.ConnectionData = Encoding.UTF8.GetBytes(ticket);
            _joining = new TaskCompletionSource<string?>();
            Listen(manager);
            if (!manager.StartClient()) return "Netcode could not start a client.";
            return await JoinedAsync(_joining.Task);
        }

        /// <inheritdoc/>
        public void Drop(ulong clientId, string reason)
        {
            if (_manager != null && _host != null) _manager.DisconnectClient(clientId, reason);
        }

        /// <inheritdoc/>
        public void Stop()
        {
            _turn++;
            _host = null;
            _isIn = false;
            if (_joining != null) _joining.TrySetResult("stopped");
            _joining = null;
            if (_manager == null) return;
            _manager.OnClientConnectedCallback -= HandleConnected;
            _manager.OnClientDisconnectCallback -= HandleDisconnected;
            _manager.OnTransportFailure -= HandleFailure;
            _manager.ConnectionApprovalCallback = null;
            _manager.Shutdown();
            _manager = null;
        }

        /// <summary>A manager with a transport that is not in use; null if there is none. Netcode ends an earlier game in the next frame.</summary>
        private async Task<NetworkManager?> ReadyAsync()
        {
            NetworkManager? manager = _options.Manager != null ? _options.Manager : NetworkManager.Singleton;
            if (manager == null) return null;
            int turn = _turn;
            if (manager.IsListening) manager.Shutdown();
            while (turn == _turn && (manager.IsListening || manager.ShutdownInProgress)) await Task.Yield();
            _manager = manager;
            return manager.GetComponent<UnityTransport>() != null ? manager : null;
        }

        private async Task<EndpointInput?> HereAsync(UnityTransport transport)
        {
            try
            {
                return await TransportSetup.ForHostAsync(transport, _options);
            }
            catch (Exception error)
            {
                // Options that do not fit, or a relay that failed. Another player is asked to host.
                Debug.LogException(error);
                return null;
            }
        }

        private async Task<string?> ProblemOfAsync(UnityTransport transport, LobbyEndpoint endpoint)
        {
            try
            {
                return await TransportSetup.ForClientAsync(transport, endpoint, _options);
            }
            catch (Exception error)
            {
                // A relay has failed, in one of its own ways.
                return error.Message;
            }
        }

        private void Listen(NetworkManager manager)
        {
            manager.OnClientConnectedCallback += HandleConnected;
            manager.OnClientDisconnectCallback += HandleDisconnected;
            manager.OnTransportFailure += HandleFailure;
        }

        private async Task<string?> JoinedAsync(Task<string?> joined)
        {
            float endsAt = Time.realtimeSinceStartup + _options.ConnectTimeoutSeconds;
            // By frames: a browser has no timers.
            while (!joined.IsCompleted && Time.realtimeSinceStartup < endsAt) await Task.Yield();
            return joined.IsCompleted ? await joined : "The host did not answer in time.";
        }

        private void Approve(NetworkManager.ConnectionApprovalRequest request, NetworkManager.ConnectionApprovalResponse response)
        {
            response.CreatePlayerObject = _options.CreatesPlayerObject;
            if (request.ClientNetworkId == NetworkManager.ServerClientId)
            {
                response.Approved = true;
                return;
            }
            if (_host == null) return;
            response.Pending = true;
            ApproveAsync(_host, request.ClientNetworkId, request.Payload, response);
        }

        private async void ApproveAsync(
            RunHost host, ulong clientId, byte[] payload, NetworkManager.ConnectionApprovalResponse response)
        {
            LobbyAdmission admission = await host.AdmitAsync(clientId, payload);
            response.Approved = admission.IsAdmitted;
            if (!admission.IsAdmitted) response.Reason = "Not let in: " + admission.Problem;
            response.Pending = false;
            if (admission.Replaces != null && host == _host) Drop(admission.Replaces.Value, "You have come back on another connection.");
        }

        private void HandleConnected(ulong clientId)
        {
            if (_joining == null || _manager == null || clientId != _manager.LocalClientId) return;
            _isIn = true;
            _joining.TrySetResult(null);
        }

        private void HandleDisconnected(ulong clientId)
        {
            if (_host != null)
            {
                _host.Disconnected(clientId);
                return;
            }
            if (_manager == null) return;
            string reason = string.IsNullOrEmpty(_manager.DisconnectReason) ? "the connection was lost" : _manager.DisconnectReason;
            if (_joining != null && !_isIn) _joining.TrySetResult(reason);
            else if (_isIn && Lost != null) Lost(reason);
        }

        private void HandleFailure()
        {
            if (_joining != null && !_isIn) _joining.TrySetResult("the transport failed");
            else if (Lost != null) Lost("the transport failed");
        }
    }
}
