using UnityEngine;

namespace Unity.Netcode
{
    public abstract class NetworkTransport : MonoBehaviour
    {
    }
}

namespace Unity.Netcode.Transports.UTP
{
    /// <summary>A stub of Netcode's class, which records the calls.</summary>
    public class UnityTransport : NetworkTransport
    {
        public string Address { get; private set; }

        public ushort Port { get; private set; }

        public string ListenAddress { get; private set; }

        public string ServerName { get; private set; }

        public string Certificate { get; private set; }

        public bool UseWebSockets { get; set; }

        public bool UseEncryption { get; set; }

        public void SetConnectionData(string ipv4Address, ushort port, string listenAddress = null)
        {
            Address = ipv4Address;
            Port = port;
            ListenAddress = listenAddress;
        }

        public void SetClientSecrets(string serverCommonName, string caCertificate = null)
        {
            ServerName = serverCommonName;
        }

        public void SetServerSecrets(string serverCertificate, string serverPrivateKey)
        {
            Certificate = serverCertificate;
        }
    }
}
