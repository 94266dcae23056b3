#nullable enable
namespace AdventureBotLobby
{
    /// <summary>
    /// The operations of <see cref="LobbyClient"/> for the player who hosts a run, besides those of all players. Without the term of the
    /// host they are rejected. <c>RunHost</c> of the assembly AdventureBot2.Lobby.Hosting makes these calls for a game.
    /// </summary>
    public partial interface ILobbyHostClient : ILobbyClient
    {
    }
}
