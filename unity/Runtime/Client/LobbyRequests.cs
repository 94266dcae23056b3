#nullable enable
using System;
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBotLobby
{
    /// <summary>Sends operations over HTTP, and retries when that is safe and may help.</summary>
    internal sealed partial class LobbyRequests
    {
        private readonly string _url;
        private readonly ILobbyHttp _http;
        private readonly ILobbyClock _clock;
        private readonly ILobbyRandom _random;
        private readonly RetryPolicy _policy;
        private readonly LobbyLogger _log;
        private volatile bool _sendsTexts;
        private volatile bool _isUnreachable;

        public LobbyRequests(
            string url, ILobbyHttp http, ILobbyClock clock, ILobbyRandom random, RetryPolicy policy, LobbyLogger log)
        {
            _url = url;
            _http = http;
            _clock = clock;
            _random = random;
            _policy = policy;
            _log = log;
        }

        /// <summary>
        /// The operation's result. <paramref name="tokens"/> is null for a request without credentials. Throws
        /// <see cref="LobbyException"/>, or <see cref="System.OperationCanceledException"/> if cancelled.
        /// </summary>
        public Task<T> SendAsync<T>(LobbyOperation<T> operation, IPlayerTokens? tokens, CancellationToken cancellation)
        {
            return new Call<T>(this, operation, tokens, cancellation).RunAsync();
        }

        private async Task<Attempt<T>> AttemptAsync<T>(
            LobbyOperation<T> operation, string? key, string? token, bool withText, CancellationToken cancellation)
        {
            var writer = new LobbyJsonWriter();
            operation.Document.WriteRequest(writer, withText, w => operation.WriteVariables(w, key));
            var request = new LobbyHttpRequest(_url, writer.ToString(), token, _policy.TimeoutSeconds);
            try
            {
                Attempt<T> attempt = Attempt<T>.Of(await _http.PostAsync(request, cancellation), operation.Read);
                _isUnreachable = false;
                return attempt;
            }
            catch (LostAnswerException error)
            {
                return Attempt<T>.Lost(error);
            }
            catch (OperationCanceledException)
            {
                throw;
            }
            catch (Exception error)
            {
                return Attempt<T>.NotSent(_url, error);
            }
        }

        /// <summary>
        /// The first failure to reach the server is a warning, since a developer has to start a server or to correct the
        /// address. Others are for the level Info.
        /// </summary>
        private void LogRetry(string name, LobbyException? failure, TimeSpan pause, int attempts)
        {
            if (failure != null && failure.Code == LobbyErrorCodes.NoAnswer && !_isUnreachable)
            {
                _isUnreachable = true;
                _log.Write(
                    LobbyLogLevel.Warning,
                    failure.Message + " Is the server running, and the address right? Retrying for up to "
                    + (int)_policy.TotalTime.TotalSeconds + " s.");
            }
            if (!_log.IsOn(LobbyLogLevel.Info)) return;
            string why = failure == null ? "the server asked to wait" : failure.Code + ", " + failure.Message;
            _log.Write(
                LobbyLogLevel.Info,
                name + " is retried in " + (int)pause.TotalMilliseconds + " ms after attempt " + attempts + ": " + why);
        }
    }

    internal sealed partial class LobbyRequests
    {
        /// <summary>One call: attempts until one succeeds or fails for good. All have the same idempotency key and player.</summary>
        private sealed class Call<T>
        {
            private readonly LobbyRequests _requests;
            private readonly LobbyOperation<T> _operation;
            private readonly IPlayerTokens? _tokens;
            private readonly CancellationToken _cancellation;
            private readonly string? _key;
            private readonly int _playerChanges;
            private readonly DateTime _last;
            private readonly LobbyBackoff _backoff;
            private string? _subject;
            private int _attempts;
            private bool _isRefreshed;

            public Call(
                LobbyRequests requests, LobbyOperation<T> operation, IPlayerTokens? tokens, CancellationToken cancellation)
            {
                RetryPolicy policy = requests._policy;
                _requests = requests;
                _operation = operation;
                _tokens = tokens;
                _cancellation = cancellation;
                _key = operation.KeyFor(requests._random);
                _playerChanges = tokens == null ? 0 : tokens.PlayerChanges;
                _last = requests._clock.UtcNow + policy.TotalTime;
                _backoff = new LobbyBackoff(policy.FirstPause, policy.LongestPause, requests._random);
            }

            public async Task<T> RunAsync()
            {
                Attempt<T>? attempt = null;
                while (true)
                {
                    _cancellation.ThrowIfCancellationRequested();
                    string? token = await TokenAsync();
                    // An idempotency key belongs to one player: sent by another one, the mutation would take effect again.
                    if (IsOfAnotherPlayer(token)) return Abandoned(attempt);
                    bool withText = _requests._sendsTexts;
                    attempt = await _requests.AttemptAsync(_operation, _key, token, withText, _cancellation);
                    // The caller may be gone by now, such as a destroyed object of the scene.
                    _cancellation.ThrowIfCancellationRequested();
                    _attempts++;
                    if (TryRepair(attempt, token, withText)) continue;
                    TimeSpan pause = PauseAfter(attempt);
                    if (!attempt.IsRetryable || IsOver(attempt, pause)) return attempt.Outcome(_key);
                    _requests.LogRetry(_operation.Document.Name, attempt.Failure, pause, _attempts);
                    await _requests._clock.DelayAsync(pause, _cancellation);
                }
            }

            private async Task<string?> TokenAsync()
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

            private bool IsOfAnotherPlayer(string? token)
            {
                if (_tokens == null) return false;
                if (_tokens.PlayerChanges != _playerChanges) return true;
                string? subject = TokenSubject.Of(token);
                bool isAnother = _subject != null && subject != null && subject != _subject;
                _subject = _subject ?? subject;
                return isAnother;
            }

            /// <summary>The outcome of the last attempt; without one, the call fails.</summary>
            private T Abandoned(Attempt<T>? attempt)
            {
                if (attempt != null && !attempt.IsUnauthenticated) return attempt.Outcome(_key);
                const string message = "The player has changed since this call began, so it was not sent for the new player.";
                throw new LobbyException(LobbyErrorCodes.PlayerChanged, message) { IdempotencyKey = _key };
            }

            /// <summary>Whether the next attempt can succeed: with the document's text, or with a fresh token.</summary>
            private bool TryRepair(Attempt<T> attempt, string? token, bool withText)
            {
                if (attempt.IsUnknownDocument && !withText)
                {
                    // The server has another version and does not know the hash: send texts from now on.
                    _requests._sendsTexts = true;
                    return true;
                }
                if (!attempt.IsUnauthenticated || _tokens == null || token == null || _isRefreshed) return false;
                _isRefreshed = true;
                _tokens.Refuse(token);
                return true;
            }

            /// <summary>
            /// A server that asks many calls to wait asks them all for the same time. The random part spreads them, so that they
            /// do not come together again.
            /// </summary>
            private TimeSpan PauseAfter(Attempt<T> attempt)
            {
                TimeSpan random = _backoff.Next();
                return attempt.RetryAfter == null ? random : attempt.RetryAfter.Value + random;
            }

            private bool IsOver(Attempt<T> attempt, TimeSpan pause)
            {
                RetryPolicy policy = _requests._policy;
                bool isTooLate = _requests._clock.UtcNow + pause > _last;
                bool isLong = attempt.RetryAfter > policy.LongestWait;
                // A server that names a time is there: only the time bounds these attempts.
                bool isOften = attempt.RetryAfter == null && _attempts >= policy.AttemptsMax;
                return isOften || isTooLate || isLong;
            }
        }
    }
}
