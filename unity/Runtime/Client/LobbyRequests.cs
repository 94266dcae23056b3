using System;
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBot2.Lobby
{
    /// <summary>Sends operations over HTTP, and retries when that is safe and may help.</summary>
    internal sealed partial class LobbyRequests
    {
        private readonly string _url;
        private readonly ILobbyHttp _http;
        private readonly ILobbyClock _clock;
        private readonly IRandom _random;
        private readonly RetryPolicy _policy;
        private volatile bool _sendsTexts;

        public LobbyRequests(string url, ILobbyHttp http, ILobbyClock clock, IRandom random, RetryPolicy policy)
        {
            _url = url;
            _http = http;
            _clock = clock;
            _random = random;
            _policy = policy;
        }

        /// <summary>
        /// The operation's result. <paramref name="tokens"/> is null for a request without credentials. Throws
        /// <see cref="LobbyException"/>, or <see cref="System.OperationCanceledException"/> if cancelled.
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

    internal sealed partial class LobbyRequests
    {
        /// <summary>One call: attempts until one succeeds or fails for good. All have the same idempotency key.</summary>
        private sealed class Call<T>
        {
            private readonly LobbyRequests _requests;
            private readonly LobbyOperation<T> _operation;
            private readonly ILobbyTokens _tokens;
            private readonly CancellationToken _cancellation;
            private readonly string _key;
            private readonly string _player;
            private readonly DateTime _last;
            private readonly Backoff _backoff;
            private int _attempts;
            private bool _isRefreshed;

            public Call(
                LobbyRequests requests, LobbyOperation<T> operation, ILobbyTokens tokens, CancellationToken cancellation)
            {
                RetryPolicy policy = requests._policy;
                _requests = requests;
                _operation = operation;
                _tokens = tokens;
                _cancellation = cancellation;
                _key = operation.KeyFor(requests._random);
                _player = PlayerOf(tokens);
                _last = requests._clock.UtcNow + policy.TotalTime;
                _backoff = new Backoff(policy.FirstPause, policy.LongestPause, requests._random);
            }

            public async Task<T> RunAsync()
            {
                while (true)
                {
                    _cancellation.ThrowIfCancellationRequested();
                    string token = await TokenAsync();
                    bool withText = _requests._sendsTexts;
                    Attempt<T> attempt = await _requests.AttemptAsync(_operation, _key, token, withText, _cancellation);
                    _attempts++;
                    if (TryRepair(attempt, token, withText)) continue;
                    TimeSpan pause = attempt.RetryAfter ?? _backoff.Next();
                    if (!attempt.IsRetryable || IsOver(pause)) return attempt.Outcome(_key);
                    await _requests._clock.DelayAsync(pause, _cancellation);
                    // An idempotency key belongs to one player: sent by another one, the mutation would take effect again.
                    if (PlayerOf(_tokens) != _player) return attempt.Outcome(_key);
                }
            }

            private async Task<string> TokenAsync()
            {
                if (_tokens == null) return null;
                try
                {
                    return await _tokens.GetAsync(_cancellation);
                }
                catch (LobbyException error)
                {
                    // An earlier attempt may have taken effect. The game can find out with the key.
                    throw error.For(_key);
                }
            }

            /// <summary>Whether the next attempt can succeed: with the document's text, or with a fresh token.</summary>
            private bool TryRepair(Attempt<T> attempt, string token, bool withText)
            {
                if (attempt.IsUnknownDocument && !withText)
                {
                    // The server has another version and does not know the hash: send texts from now on.
                    _requests._sendsTexts = true;
                    return true;
                }
                if (!attempt.IsUnauthenticated || token == null || _isRefreshed) return false;
                _isRefreshed = true;
                _tokens.Refuse(token);
                return true;
            }

            private bool IsOver(TimeSpan pause)
            {
                RetryPolicy policy = _requests._policy;
                bool isTooLate = _requests._clock.UtcNow + pause > _last;
                return _attempts >= policy.AttemptsMax || isTooLate || pause > policy.LongestWait;
            }

            /// <summary>The id of the guest; null without one, and for players of the game's own sign-in.</summary>
            private static string PlayerOf(ILobbyTokens tokens)
            {
                var guest = tokens as GuestTokens;
                return guest == null || guest.Player == null ? null : guest.Player.Id;
            }
        }
    }
}
