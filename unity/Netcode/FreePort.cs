#nullable enable
#if !UNITY_WEBGL || UNITY_EDITOR
using System.Net;
using System.Net.Sockets;
#endif

namespace AdventureBotLobby.Netcode
{
    /// <summary>Finds a port that no other program of this machine has.</summary>
    internal static class FreePort
    {
        private const int PortsMax = 16;
        private const int LastPort = 65535;

        /// <summary>The first free port from this one on. If none is free, the first one: Netcode then says that it cannot listen.</summary>
        public static ushort From(ushort first, bool isTcp)
        {
#if !UNITY_WEBGL || UNITY_EDITOR
            for (int port = first; port < first + PortsMax && port <= LastPort; port++)
            {
                if (IsFree(port, isTcp)) return (ushort)port;
            }
#endif
            return first;
        }

#if !UNITY_WEBGL || UNITY_EDITOR
        private static bool IsFree(int port, bool isTcp)
        {
            ProtocolType protocol = isTcp ? ProtocolType.Tcp : ProtocolType.Udp;
            using (var socket = new Socket(AddressFamily.InterNetwork, isTcp ? SocketType.Stream : SocketType.Dgram, protocol))
            {
                try
                {
                    socket.Bind(new IPEndPoint(IPAddress.Any, port));
                    return true;
                }
                catch (SocketException)
                {
                    return false;
                }
            }
        }
#endif
    }
}
