#nullable enable
using System;
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBotLobby
{
    /// <summary>
    /// The client of one player. Each operation is a method. All of them retry by themselves when a response is lost, and no
    /// mutation takes effect twice.
    /// </summary>
    /// <remarks>
    /// In Unity create and use it on the main thread: code after an <c>await</c> runs there again. A method returns a result,
    /// with a <see cref="LobbyRejection"/> if the rules rejected the operation. It throws <see cref="LobbyException"/> if the request
    /// was invalid or no response arrived, and <see cref="OperationCanceledException"/>. A cancelled mutation may still have
    /// taken effect.
    /// </remarks>
    public sealed partial class LobbyClient : ILobbyHostClient
    {
        private readonly LobbyRequests _requests;
        private readonly IPlayerTokens _tokens;
        private readonly GuestTokens? _guest;
        private readonly ProvidedTokens? _provided;

        /// <summary>A client with the default options.</summary>
        /// <param name="url">The server's address, such as https://lobby.example.com.</param>
        public LobbyClient(string url)
            : this(new LobbyOptions(url))
        {
        }

        /// <summary>Throws <see cref="ArgumentException"/> if the address of the options is not one of a server.</summary>
        public LobbyClient(LobbyOptions options)
        {
            if (options == null) throw new ArgumentNullException("options");
            Url = ServerAddress.Endpoint(options.Url);
            Log = new LobbyLogger(options.Log ?? new PlatformLog(), options.LogLevel);
            PlainHttp.WarnOnce(Url, Log);
            Clock = options.Clock ?? Platform.Clock();
            Chance = options.Chance ?? new SystemRandom();
            RetryPolicy retries = options.Retries ?? new RetryPolicy();
            _requests = new LobbyRequests(Url, options.Http ?? Platform.Http(), Clock, Chance, retries, Log);
            if (options.TokenProvider != null)
            {
                _tokens = _provided = new ProvidedTokens(options.TokenProvider, Clock, options.TokenTimeout);
                return;
            }
            ICredentialStore store = options.CredentialStore ?? Platform.CredentialStore(Url, options.Profile);
            _tokens = _guest = new GuestTokens(_requests, store, Clock, Log);
        }

        /// <summary>
        /// The server rejected the guest's credentials, for example after a month without playing. Sign in again, as a new
        /// player. Raised where the call that found out continues, in Unity on the main thread.
        /// </summary>
        public event Action? SignedOut
        {
            add { Guest.SignedOut += value; }
            remove { Guest.SignedOut -= value; }
        }

        /// <summary>The address of the GraphQL endpoint.</summary>
        public string Url { get; private set; }

        /// <summary>Provides the token of requests and sockets.</summary>
        public ILobbyTokens Tokens
        {
            get { return _tokens; }
        }

        /// <summary>
        /// The guest who signed in, in this or an earlier run of the game; null if nobody is signed in. With a token
        /// provider, call <see cref="MeAsync"/> instead.
        /// </summary>
        public LobbyPlayer? Player
        {
            get { return _guest == null ? null : _guest.Player; }
        }

        internal ILobbyClock Clock { get; private set; }

        internal ILobbyRandom Chance { get; private set; }

        internal LobbyLogger Log { get; private set; }

        private GuestTokens Guest
        {
            get
            {
                if (_guest != null) return _guest;
                throw new InvalidOperationException("With a token provider, players cannot sign in as guests.");
            }
        }

        /// <summary>Signs in as a new player, also if another one is signed in. The client stores and refreshes the credentials.</summary>
        /// <param name="displayName">1 to 32 characters after trimming.</param>
        public async Task<LobbyResult<LobbyPlayer>> SignInAsGuestAsync(
            string displayName, CancellationToken cancellation = default(CancellationToken))
        {
            GuestTokens guest = Guest;
            var input = new SignInAsGuestInput { DisplayName = displayName };
            LobbyResult<CredentialsGranted> result = await _requests.SignInAsGuestAsync(input, cancellation);
            if (result.IsRejected) return LobbyResult<LobbyPlayer>.Of(result.Rejection);
            guest.Save(result.Value.Credentials);
            return LobbyResult<LobbyPlayer>.Of(result.Value.Credentials.Player);
        }

        /// <summary>Signs in with an account elsewhere, such as Discord, also if another player is signed in. The client stores and
        /// refreshes the credentials as those of a guest.</summary>
        /// <returns>With Discord, ProviderToken is for the authenticate of its SDK.</returns>
        public async Task<LobbyResult<CredentialsGranted>> SignInWithAsync(
            SignInWithInput input, CancellationToken cancellation = default(CancellationToken))
        {
            GuestTokens guest = Guest;
            LobbyResult<CredentialsGranted> result = await _requests.SignInWithAsync(input, cancellation);
            if (!result.IsRejected) guest.Save(result.Value.Credentials);
            return result;
        }

        /// <summary>
        /// Deletes the guest's credentials from this device, for good. All streams of the player end, with
        /// <see cref="StreamEndReason.SignedOut"/>. With a token provider: call it when the game's own player signs out or
        /// changes. The next call requests a new token.
        /// </summary>
        public void SignOut()
        {
            if (_guest != null) _guest.Forget();
            else if (_provided != null) _provided.Forget();
        }
    }
}
