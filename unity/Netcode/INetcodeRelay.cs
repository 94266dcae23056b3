#nullable enable
using System.Threading.Tasks;
using Unity.Netcode.Transports.UTP;

namespace AdventureBotLobby.Netcode
{
    /// <summary>
    /// A relay, such as Unity Relay. The package has none, since relays are services with packages of their own. An
    /// implementation needs some lines: see the page about Netcode in the package's documentation.
    /// </summary>
    public interface INetcodeRelay
    {
        /// <summary>Allocates a place on the relay, sets the transport up as its host, and returns the join code.</summary>
        /// <param name="transport">Call its <c>SetRelayServerData</c>.</param>
        /// <param name="players">The number of players besides the host.</param>
        Task<string> HostAsync(UnityTransport transport, int players);

        /// <summary>Sets the transport up for the host with this join code.</summary>
        Task JoinAsync(UnityTransport transport, string joinCode);
    }
}
