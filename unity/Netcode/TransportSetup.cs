#nullable enable
using System;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using Unity.Netcode.Transports.UTP;

namespace AdventureBotLobby.Netcode
{
    /// <summary>Sets UnityTransport up for an endpoint of the lobby.</summary>
    internal static class TransportSetup
    {
        private const int PlayersMax = 7;

        /// <summary>Null if the transport is ready to connect; otherwise the reason why it can't be.</summary>
        public static async Task<string?> ForClientAsync(UnityTransport transport, LobbyEndpoint endpoint, NetcodeOptions options)
        {
            if (endpoint.RelayCode != null)
            {
                if (options.Relay == null) return "The run is played over a relay, and NetcodeOptions.Relay is not set.";
                await options.Relay.JoinAsync(transport, endpoint.RelayCode);
                return null;
            }
            if (endpoint.Address == null || endpoint.Port == null) return "The endpoint has no address and port.";
            string? problem = SetProtocol(transport, endpoint.Protocol);
            if (problem != null) return problem;
            string? address = await AddressOf(endpoint.Address);
            if (address == null) return "The name " + endpoint.Address + " has no address.";
            transport.SetConnectionData(address, (ushort)endpoint.Port.Value);
#if LOBBY_NETCODE_WEBSOCKETS
            if (IsEncrypted(endpoint.Protocol)) transport.SetClientSecrets(endpoint.Address, options.TrustedCertificate);
#endif
            return null;
        }

        /// <summary>Returns where others reach the host. Throws <see cref="InvalidOperationException"/> if the options do not fit.</summary>
        public static async Task<EndpointInput> ForHostAsync(UnityTransport transport, NetcodeOptions options)
        {
            if (options.Relay != null)
            {
                string code = await options.Relay.HostAsync(transport, PlayersMax);
                return new EndpointInput { Protocol = "relay", RelayCode = code };
            }
#if UNITY_WEBGL && !UNITY_EDITOR
            string? problem = "A browser can host over a relay only.";
#else
            string? problem = SetProtocol(transport, options.HostProtocol);
#endif
            if (problem != null) throw new InvalidOperationException(problem);
#if LOBBY_NETCODE_WEBSOCKETS
            if (IsEncrypted(options.HostProtocol) && (options.HostCertificate == null || options.HostPrivateKey == null))
            {
                throw new InvalidOperationException(options.HostProtocol + " needs NetcodeOptions.HostCertificate and HostPrivateKey.");
            }
#endif
            ushort port = FreePort.From(options.HostPort, IsWebSocket(options.HostProtocol));
            transport.SetConnectionData(options.ListenAddress, port, options.ListenAddress);
#if LOBBY_NETCODE_WEBSOCKETS
            if (IsEncrypted(options.HostProtocol)) transport.SetServerSecrets(options.HostCertificate, options.HostPrivateKey);
#endif
            return new EndpointInput { Protocol = options.HostProtocol, Address = options.HostAddress, Port = port };
        }

        private static string? SetProtocol(UnityTransport transport, string protocol)
        {
#if UNITY_WEBGL && !UNITY_EDITOR
            if (!IsWebSocket(protocol)) return "A browser cannot play over " + protocol + ". The host needs ws or wss.";
#endif
#if LOBBY_NETCODE_WEBSOCKETS
            if (protocol != "udp" && protocol != "dtls" && !IsWebSocket(protocol)) return "Netcode cannot play over " + protocol + ".";
            transport.UseWebSockets = IsWebSocket(protocol);
            transport.UseEncryption = IsEncrypted(protocol);
            return null;
#else
            return protocol == "udp" ? null : protocol + " needs version 2 of the package com.unity.transport.";
#endif
        }

        private static bool IsWebSocket(string protocol)
        {
            return protocol == "ws" || protocol == "wss";
        }

#if LOBBY_NETCODE_WEBSOCKETS
        private static bool IsEncrypted(string protocol)
        {
            return protocol == "wss" || protocol == "dtls";
        }
#endif

        /// <summary>UnityTransport wants an IP address. A browser looks names up by itself, and has no other way.</summary>
        private static async Task<string?> AddressOf(string name)
        {
#if UNITY_WEBGL && !UNITY_EDITOR
            await Task.CompletedTask;
            return name;
#else
            IPAddress? known;
            if (IPAddress.TryParse(name, out known)) return name;
            try
            {
                IPAddress[] found = await Dns.GetHostAddressesAsync(name);
                IPAddress? first = Array.Find(found, each => each.AddressFamily == AddressFamily.InterNetwork);
                if (first == null && found.Length > 0) first = found[0];
                return first == null ? null : first.ToString();
            }
            catch (SocketException)
            {
                return null;
            }
#endif
        }
    }
}
