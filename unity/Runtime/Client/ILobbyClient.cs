#nullable enable
using System;
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBotLobby
{
    /// <summary>
    /// The operations of <see cref="LobbyClient"/> for all players, for a game that tests its own code with a fake. A fake makes its answers
    /// from JSON, as in <c>LobbyParty.Read(new LobbyJsonReader("{\"id\":\"p\"}"))</c>, and its results with <c>LobbyResult.Of</c>.
    /// </summary>
    /// <remarks>New operations of later versions come into this interface: derive a fake from a base class of your own.</remarks>
    public partial interface ILobbyClient
    {
        /// <summary>See <see cref="LobbyClient.SignedOut"/>.</summary>
        event Action? SignedOut;

        /// <summary>See <see cref="LobbyClient.Player"/>.</summary>
        LobbyPlayer? Player { get; }

        /// <summary>See <see cref="LobbyClient.SignInAsGuestAsync"/>.</summary>
        Task<LobbyResult<LobbyPlayer>> SignInAsGuestAsync(
            string displayName, CancellationToken cancellation = default(CancellationToken));

        /// <summary>See <see cref="LobbyClient.SignInWithAsync"/>.</summary>
        Task<LobbyResult<CredentialsGranted>> SignInWithAsync(
            SignInWithInput input, CancellationToken cancellation = default(CancellationToken));

        /// <summary>See <see cref="LobbyClient.SignOut"/>.</summary>
        void SignOut();
    }
}
