using System;
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBot2.Lobby
{
    /// <summary>Sends operations over HTTP, and again where that helps and is safe: see <see cref="Attempt{T}"/>.</summary>
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
        /// <see cref="LobbyException"/>, or <see cref="OperationCanceledException"/> when cancelled.
        /// </summary>
        public async Task<T> SendAsync<T>(LobbyOperation<T> operation, ILobbyTokens tokens, CancellationToken cancellation)
        {
            string key = operation.KeyFor(_chance);
            var backoff = new Backoff(_policy.FirstPause, _policy.LongestPause, _chance);
            DateTime last = _clock.UtcNow + _policy.TotalTime;
            bool isRefreshed = false;
            for (int attempts = 1; ; attempts++)
            {
                cancellation.ThrowIfCancellationRequested();
                string token = await TokenAsync(tokens, key, cancellation);
                Attempt<T> attempt = await AttemptAsync(operation, key, token, cancellation);
                if (attempt.IsUnknownDocument && !_sendsTexts)
                {
                    // A server of another version: from now on it gets the documents themselves.
                    _sendsTexts = true;
                    continue;
                }
                if (attempt.IsUnauthenticated && token != null && !isRefreshed)
                {
                    isRefreshed = true;
                    tokens.Refuse(token);
                    continue;
                }
                TimeSpan pause = attempt.WaitAsked ?? backoff.Next();
                bool isOver = attempts >= _policy.AttemptsMax || _clock.UtcNow + pause > last;
                if (!attempt.IsWorthAnother || isOver || pause > _policy.LongestWait) return attempt.Outcome(key);
                await _clock.DelayAsync(pause, cancellation);
            }
        }

        private static async Task<string> TokenAsync(ILobbyTokens tokens, string key, CancellationToken cancellation)
        {
            if (tokens == null) return null;
            try
            {
                return await tokens.GetAsync(cancellation);
            }
            catch (LobbyException error)
            {
                // An attempt before this one may have counted: the key tells.
                throw error.For(key);
            }
        }

        private async Task<Attempt<T>> AttemptAsync<T>(
            LobbyOperation<T> operation, string key, string token, CancellationToken cancellation)
        {
            var writer = new JsonWriter();
            operation.Document.WriteRequest(writer, _sendsTexts, w => operation.WriteVariables(w, key));
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
