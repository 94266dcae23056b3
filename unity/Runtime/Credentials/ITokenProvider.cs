using System.Threading;
using System.Threading.Tasks;

namespace AdventureBot2.Lobby
{
    /// <summary>
    /// The game's own sign-in: for a server that takes the tokens of the studio's identity service, instead of guests.
    /// </summary>
    public interface ITokenProvider
    {
        /// <summary>
        /// A token for the player. Asked for again near the token's end, and when the server has not taken it; never
        /// twice at the same time.
        /// </summary>
        Task<ProvidedToken> GetTokenAsync(CancellationToken cancellation);
    }
}
