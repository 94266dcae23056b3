using System;
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBot2.Lobby
{
    internal sealed partial class LobbyRequests
    {
        /// <summary>One call: attempts until one of them stands. All have the same key.</summary>
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
                _key = operation.KeyFor(requests._chance);
                _player = PlayerOf(tokens);
                _last = requests._clock.UtcNow + policy.TotalTime;
                _backoff = new Backoff(policy.FirstPause, policy.LongestPause, requests._chance);
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
                    if (IsMended(attempt, token, withText)) continue;
                    TimeSpan pause = attempt.WaitAsked ?? _backoff.Next();
                    if (!attempt.IsWorthAnother || IsOver(pause)) return attempt.Outcome(_key);
                    await _requests._clock.DelayAsync(pause, _cancellation);
                    // Keys are each player's own: sent by another, the same would count a second time.
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
                    // An attempt before this one may have counted: the key tells.
                    throw error.For(_key);
                }
            }

            /// <summary>Whether the next attempt goes by without what the server did not take in this one.</summary>
            private bool IsMended(Attempt<T> attempt, string token, bool withText)
            {
                if (attempt.IsUnknownDocument && !withText)
                {
                    // A server of another version: from now on it gets the documents themselves.
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

            /// <summary>Null for nobody, and for players of the game's own sign-in, who are not known here.</summary>
            private static string PlayerOf(ILobbyTokens tokens)
            {
                var guest = tokens as GuestTokens;
                return guest == null || guest.Player == null ? null : guest.Player.Id;
            }
        }
    }
}
