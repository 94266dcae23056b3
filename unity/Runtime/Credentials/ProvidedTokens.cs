using System;
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBot2.Lobby
{
    /// <summary>Tokens of the game's own sign-in, each used until near its end.</summary>
    internal sealed class ProvidedTokens : ILobbyTokens
    {
        private readonly ITokenProvider _provider;
        private readonly ILobbyClock _clock;
        private readonly SharedFlight<string> _flight = new SharedFlight<string>();
        private volatile ProvidedToken _token;
        private volatile string _refused;

        public ProvidedTokens(ITokenProvider provider, ILobbyClock clock)
        {
            _provider = provider;
            _clock = clock;
        }

        public Task<string> GetAsync(CancellationToken cancellation)
        {
            ProvidedToken token = _token;
            if (token != null && IsGood(token)) return Task.FromResult(token.Value);
            return _flight.JoinAsync(RenewAsync, cancellation);
        }

        public void Refuse(string token)
        {
            _refused = token;
        }

        private bool IsGood(ProvidedToken token)
        {
            if (token.Value == _refused) return false;
            return token.ExpiresAt == null || _clock.UtcNow < token.ExpiresAt.Value - GuestTokens.Margin;
        }

        private async Task<string> RenewAsync()
        {
            ProvidedToken token = await _provider.GetTokenAsync(CancellationToken.None);
            _token = token;
            return token == null ? null : token.Value;
        }
    }
}
