using System.Threading;
using System.Threading.Tasks;

namespace AdventureBot2.Lobby
{
    /// <summary>Carries one request to the server and its answer back. The client does all the trying again.</summary>
    public interface ILobbyHttp
    {
        /// <summary>
        /// The server's answer, whatever its status. Throws <see cref="LostAnswerException"/> when there is none, which
        /// leaves open whether the server had the request, and
        /// <see cref="System.OperationCanceledException"/> when <paramref name="cancellation"/> was first.
        /// </summary>
        Task<LobbyHttpAnswer> PostAsync(LobbyHttpRequest request, CancellationToken cancellation);
    }
}
