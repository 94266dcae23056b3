using System;
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBot2.Lobby
{
    /// <summary>
    /// The game's own sign-in, for a server that accepts tokens of the studio's identity service instead of guests.
    /// </summary>
    public interface ITokenProvider
    {
        /// <summary>
        /// A token for the player. Called again before the token expires, and when the server has rejected it; never twice at
        /// the same time.
        /// </summary>
        Task<ProvidedToken> GetTokenAsync(CancellationToken cancellation);
    }

    /// <summary>A token of the game's own sign-in.</summary>
    public sealed class ProvidedToken
    {
        /// <summary>Without <paramref name="expiresAt"/> the token is used until the server rejects it.</summary>
        public ProvidedToken(string value, DateTime? expiresAt = null)
        {
            if (value == null) throw new ArgumentNullException("value");
            Value = value;
            ExpiresAt = expiresAt;
        }

        public string Value { get; private set; }

        /// <summary>The end of its validity, in UTC.</summary>
        public DateTime? ExpiresAt { get; private set; }
    }

    /// <summary>Tokens of the game's own sign-in. Each one is used until shortly before it expires.</summary>
    internal sealed class ProvidedTokens : ILobbyTokens
    {
        private readonly ITokenProvider _provider;
        private readonly ILobbyClock _clock;
        private readonly SingleFlight<string> _flight = new SingleFlight<string>();
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
