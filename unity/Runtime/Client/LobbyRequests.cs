using System.Threading;
using System.Threading.Tasks;

namespace AdventureBot2.Lobby
{
    /// <summary>Sends operations over HTTP, and again where that helps and is safe.</summary>
    internal sealed partial class LobbyRequests
    {
        private readonly string _url;
        private readonly ILobbyHttp _http;
        private readonly ILobbyClock _clock;
        private readonly ILobbyChance _chance;
        private readonly RetryPolicy _policy;
        private volatile bool _sendsTexts;

        public LobbyRequests(string url, ILobbyHttp http, ILobbyClock clock, ILobbyChance chance, RetryPolicy policy)
        {
            _url = url;
            _http = http;
            _clock = clock;
            _chance = chance;
            _policy = policy;
        }

        /// <summary>
        /// The operation's answer. <paramref name="tokens"/> is null for a stranger's request. Throws
        /// <see cref="LobbyException"/>, or <see cref="System.OperationCanceledException"/> when cancelled.
        /// </summary>
        public Task<T> SendAsync<T>(LobbyOperation<T> operation, ILobbyTokens tokens, CancellationToken cancellation)
        {
            return new Call<T>(this, operation, tokens, cancellation).RunAsync();
        }

        private async Task<Attempt<T>> AttemptAsync<T>(
            LobbyOperation<T> operation, string key, string token, bool withText, CancellationToken cancellation)
        {
            var writer = new JsonWriter();
            operation.Document.WriteRequest(writer, withText, w => operation.WriteVariables(w, key));
            var request = new LobbyHttpRequest(_url, writer.ToString(), token, _policy.TimeoutSeconds);
            try
            {
                return Attempt<T>.Of(await _http.PostAsync(request, cancellation), operation.Read);
            }
            catch (LostAnswerException error)
            {
                return Attempt<T>.Lost(error);
            }
        }
    }
}
