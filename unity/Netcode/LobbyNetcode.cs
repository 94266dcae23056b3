#nullable enable
using AdventureBotLobby.Hosting;

namespace AdventureBotLobby.Netcode
{
    /// <summary>The hand-over from the lobby to Netcode for GameObjects.</summary>
    public static class LobbyNetcode
    {
        /// <summary>
        /// Takes the player into each run of the party: as its host, if the lobby says so, otherwise as a client with the
        /// player's own ticket. Call it once after the player has entered the party, and dispose of the result when the player leaves it.
        /// </summary>
        /// <param name="lobby">The client of the player.</param>
        /// <param name="connection">The connection that the stream runs over.</param>
        /// <param name="stream">The stream of the party.</param>
        /// <param name="netcode">Null for the defaults.</param>
        /// <param name="run">Null for the defaults.</param>
        public static GameRun Play(
            LobbyClient lobby, ILobbyConnection connection, IPartyStream stream, NetcodeOptions? netcode = null, GameRunOptions? run = null)
        {
            return new GameRun(lobby, connection, stream, new NetcodeNetwork(netcode ?? new NetcodeOptions()), run);
        }
    }
}
