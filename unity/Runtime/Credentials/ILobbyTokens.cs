using System.Threading;
using System.Threading.Tasks;

namespace AdventureBot2.Lobby
{
    /// <summary>Where the access token comes from that each request and each socket carries.</summary>
    public interface ILobbyTokens
    {
        /// <summary>
        /// A token that is good for a while yet; null when nobody is signed in. Those who ask at the same time share one
        /// refresh. Throws <see cref="LobbyException"/> when it could not be refreshed.
        /// </summary>
        Task<string> GetAsync(CancellationToken cancellation);

        /// <summary>The server did not take this token: the next one asked for is another.</summary>
        void Refuse(string token);
    }
}
