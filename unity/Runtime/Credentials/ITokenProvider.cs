#nullable enable
using System;
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBotLobby
{
    /// <summary>
    /// The game's own sign-in, for a server that accepts tokens of the studio's identity service instead of guests.
    /// </summary>
    public interface ITokenProvider
    {
        /// <summary>
        /// A token for the player; null if nobody is signed in. Called again before the token expires, and when the server has
        /// rejected it. An exception fails the calls that wait for the token, with the code NO_TOKEN.
        /// </summary>
        /// <param name="cancellation">
        /// Cancelled after <see cref="LobbyOptions.TokenTimeout"/>, and when the player signs out. Until then the method is
        /// not called again.
        /// </param>
        Task<ProvidedToken?> GetTokenAsync(CancellationToken cancellation);
    }

    /// <summary>A token of the game's own sign-in.</summary>
    public sealed class ProvidedToken
    {
        /// <summary>Without <paramref name="expiresAt"/> the token is used until the server rejects it.</summary>
        public ProvidedToken(string value, DateTime? expiresAt = null)
        {
            if (value == null) throw new ArgumentNullException("value");
            Value = value;
            ExpiresAt = expiresAt;
        }

        /// <summary>The token, as it is sent.</summary>
        public string Value { get; private set; }

        /// <summary>The end of its validity, in UTC.</summary>
        public DateTime? ExpiresAt { get; private set; }
    }
}
