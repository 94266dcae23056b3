#nullable enable
using Unity.Netcode;

namespace AdventureBotLobby.Netcode
{
    /// <summary>How a game plays over Netcode for GameObjects, and where others reach it when it hosts.</summary>
    public sealed class NetcodeOptions
    {
        /// <summary>The defaults: UDP on port 7777 of this machine.</summary>
        public NetcodeOptions()
        {
            HostAddress = "127.0.0.1";
            ListenAddress = "0.0.0.0";
            HostPort = 7777;
            HostProtocol = "udp";
            CreatesPlayerObject = true;
            ConnectTimeoutSeconds = 15;
        }

        /// <summary>The manager with a UnityTransport beside it. Null for <see cref="NetworkManager.Singleton"/>.</summary>
        public NetworkManager? Manager { get; set; }

        /// <summary>The address where others reach a game that this player hosts. It is reported to the lobby.</summary>
        public string HostAddress { get; set; }

        /// <summary>The address that a host listens on.</summary>
        public string ListenAddress { get; set; }

        /// <summary>
        /// The port of a game that this player hosts. If another program of this machine has it, such as a second editor, the
        /// next free one of 16 is taken.
        /// </summary>
        public ushort HostPort { get; set; }

        /// <summary>What a host speaks: udp, dtls, ws or wss. Players in a browser need ws or wss.</summary>
        public string HostProtocol { get; set; }

        /// <summary>The host's certificate in PEM, for dtls and wss.</summary>
        public string? HostCertificate { get; set; }

        /// <summary>The private key of the certificate in PEM.</summary>
        public string? HostPrivateKey { get; set; }

        /// <summary>A certificate in PEM that players trust besides those of the system, for dtls and wss; null for none.</summary>
        public string? TrustedCertificate { get; set; }

        /// <summary>Hosts and joins over a relay in place of an own port. Null for none.</summary>
        public INetcodeRelay? Relay { get; set; }

        /// <summary>Whether Netcode creates the player prefab for each player who is let in.</summary>
        public bool CreatesPlayerObject { get; set; }

        /// <summary>After this time without a connection to the host, the attempt counts as failed.</summary>
        public float ConnectTimeoutSeconds { get; set; }
    }
}
