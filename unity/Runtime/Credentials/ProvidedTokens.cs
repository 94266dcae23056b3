#nullable enable
using System;
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBotLobby
{
    /// <summary>Tokens of the game's own sign-in. Each one is used until shortly before it expires.</summary>
    internal sealed class ProvidedTokens : IPlayerTokens
    {
        private readonly ITokenProvider _provider;
        private readonly ILobbyClock _clock;
        private readonly TimeSpan _timeout;
        private readonly SingleFlight<string?> _flight = new SingleFlight<string?>();
        private volatile ProvidedToken? _token;
        private volatile string? _refused;
        private volatile CancellationTokenSource? _asking;
        private int _playerChanges;

        public ProvidedTokens(ITokenProvider provider, ILobbyClock clock, TimeSpan timeout)
        {
            _provider = provider;
            _clock = clock;
            _timeout = timeout;
        }

        public event Action? PlayerChanged;

        public int PlayerChanges
        {
            get { return Volatile.Read(ref _playerChanges); }
        }

        public Task<string?> GetAsync(CancellationToken cancellation)
        {
            ProvidedToken? token = _token;
            if (token != null && IsGood(token)) return Task.FromResult<string?>(token.Value);
            return _flight.JoinAsync(RenewAsync, cancellation);
        }

        public void Refuse(string token)
        {
            _refused = token;
        }

        /// <summary>The game's player has changed or signed out: the next call requests a new token.</summary>
        public void Forget()
        {
            CancellationTokenSource? asking = _asking;
            _token = null;
            Interlocked.Increment(ref _playerChanges);
            _flight.Reset();
            if (asking != null) asking.Cancel();
            Action? changed = PlayerChanged;
            if (changed != null) changed();
        }

        private bool IsGood(ProvidedToken token)
        {
            if (token.Value == _refused) return false;
            return token.ExpiresAt == null || _clock.UtcNow < token.ExpiresAt.Value - GuestTokens.Margin;
        }

        private async Task<string?> RenewAsync()
        {
            int changes = PlayerChanges;
            using (var asking = new CancellationTokenSource())
            {
                _asking = asking;
                try
                {
                    ProvidedToken? token = await AskAsync(asking);
                    if (changes != PlayerChanges) return null;
                    _token = token;
                    return token == null ? null : token.Value;
                }
                finally
                {
                    _asking = null;
                }
            }
        }

        private async Task<ProvidedToken?> AskAsync(CancellationTokenSource asking)
        {
            using (var late = CancellationTokenSource.CreateLinkedTokenSource(asking.Token))
            {
                Task<ProvidedToken?> answer = AskProviderAsync(asking.Token);
                Task timeout = _clock.DelayAsync(_timeout, late.Token);
                Task first = await Task.WhenAny(answer, timeout);
                if (first == answer)
                {
                    late.Cancel();
                    return await answer;
                }
                asking.Cancel();
                string message = "The token provider did not answer within " + _timeout.TotalSeconds + " s.";
                throw new LobbyException(LobbyErrorCodes.NoToken, message);
            }
        }

        /// <summary>A provider may throw before its first await, or return no task.</summary>
        private async Task<ProvidedToken?> AskProviderAsync(CancellationToken cancellation)
        {
            try
            {
                Task<ProvidedToken?> answer = _provider.GetTokenAsync(cancellation);
                return answer == null ? null : await answer;
            }
            catch (Exception error)
            {
                string message = "The token provider failed: " + error.Message;
                throw new LobbyException(LobbyErrorCodes.NoToken, message, error);
            }
        }
    }
}
