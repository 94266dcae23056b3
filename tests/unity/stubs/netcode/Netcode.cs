using UnityEngine;

namespace Unity.Netcode
{
    public sealed class NetworkConfig
    {
        public byte[] ConnectionData = new byte[0];
    }

    /// <summary>A stub of Netcode's class, which records the calls.</summary>
    public sealed class NetworkManager : MonoBehaviour
    {
        public NetworkConfig NetworkConfig = new NetworkConfig();

        public static NetworkManager Singleton { get; private set; }

        public string Role { get; private set; }

        public bool StartClient()
        {
            Role = "client";
            return true;
        }

        public bool StartHost()
        {
            Role = "host";
            return true;
        }

        public void Shutdown(bool discardMessageQueue = false)
        {
            Role = null;
        }

        private void Awake()
        {
            Singleton = this;
        }
    }
}

namespace Unity.Netcode.Transports.UTP
{
    public sealed class UnityTransport : MonoBehaviour
    {
        public string Address { get; private set; }

        public ushort Port { get; private set; }

        public bool UseWebSockets { get; set; }

        public void SetConnectionData(string ipv4Address, ushort port, string listenAddress = null)
        {
            Address = ipv4Address;
            Port = port;
        }
    }
}
