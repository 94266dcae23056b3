using System.Threading;
using System.Threading.Tasks;

namespace AdventureBot2.Lobby
{
    /// <summary>Provides the access token of each request and each socket.</summary>
    public interface ILobbyTokens
    {
        /// <summary>
        /// A token that does not expire soon; null if nobody is signed in. Concurrent calls share one refresh. Throws
        /// <see cref="LobbyException"/> if a refresh fails.
        /// </summary>
        Task<string> GetAsync(CancellationToken cancellation);

        /// <summary>The server rejected this token: the next call of <see cref="GetAsync"/> returns another one.</summary>
        void Refuse(string token);
    }
}
