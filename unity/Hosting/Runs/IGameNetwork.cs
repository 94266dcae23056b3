#nullable enable
using System;
using System.Threading.Tasks;

namespace AdventureBotLobby.Hosting
{
    /// <summary>
    /// The game's own network, such as Netcode for GameObjects. Implement it for another library, and pass it to
    /// <see cref="GameRun"/>. All members are called on the main thread.
    /// </summary>
    public interface IGameNetwork
    {
        /// <summary>The connection to the host is lost, or the own network has failed. The text says why, for a log.</summary>
        event Action<string>? Lost;

        /// <summary>
        /// Begins to host. The network passes each client to <see cref="RunHost.AdmitAsync"/> and
        /// <see cref="RunHost.Disconnected"/>, and the own client to <see cref="RunHost.EnterMyself"/>. Returns where others
        /// reach this game; null if it cannot host.
        /// </summary>
        Task<EndpointInput?> HostAsync(RunHost host, string ownPlayerId);

        /// <summary>Connects to a host or game server. Null if the player is in; otherwise the reason, for a log.</summary>
        Task<string?> JoinAsync(LobbyEndpoint endpoint, string ticket);

        /// <summary>The host: ends the connection of a client, with a text for the player.</summary>
        void Drop(ulong clientId, string reason);

        /// <summary>Ends hosting or playing, without waiting. It does not raise <see cref="Lost"/>.</summary>
        void Stop();
    }
}
