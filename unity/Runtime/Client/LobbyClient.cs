using System;
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBot2.Lobby
{
    /// <summary>
    /// The lobby server, as one player sees it. Each operation is a method; all of them try again by themselves when an
    /// answer is lost, and none counts twice by that.
    /// </summary>
    /// <remarks>
    /// In Unity make and use it on the main thread: what comes after an <c>await</c> is there again. A method answers with
    /// a result, in which a <see cref="Rejection"/> is the rules' no. It throws <see cref="LobbyException"/> when the request
    /// was wrong or no answer could be had, and <see cref="OperationCanceledException"/>; a mutation that is cancelled may
    /// still have counted.
    /// </remarks>
    public sealed partial class LobbyClient
    {
        private const string Path = "/graphql";

        private readonly LobbyRequests _requests;
        private readonly ILobbyTokens _tokens;
        private readonly GuestTokens _guest;

        public LobbyClient(string url)
            : this(new LobbyOptions(url))
        {
        }

        public LobbyClient(LobbyOptions options)
        {
            Url = Endpoint(options.Url);
            Clock = options.Clock ?? Platform.Clock();
            Chance = options.Chance ?? new SystemChance();
            RetryPolicy retries = options.Retries ?? new RetryPolicy();
            _requests = new LobbyRequests(Url, options.Http ?? Platform.Http(), Clock, Chance, retries);
            if (options.TokenProvider != null)
            {
                _tokens = new ProvidedTokens(options.TokenProvider, Clock);
                return;
            }
            ICredentialStore store = options.CredentialStore ?? Platform.CredentialStore(Url, options.Profile);
            _tokens = _guest = new GuestTokens(_requests, store, Clock);
        }

        /// <summary>
        /// The server no longer takes the guest's credentials, after a month without the game perhaps: sign in anew, as
        /// another player.
        /// </summary>
        public event Action SignedOut
        {
            add { Guest.SignedOut += value; }
            remove { Guest.SignedOut -= value; }
        }

        /// <summary>The address of the GraphQL endpoint.</summary>
        public string Url { get; private set; }

        /// <summary>Where requests and sockets get their token.</summary>
        public ILobbyTokens Tokens
        {
            get { return _tokens; }
        }

        /// <summary>
        /// The guest who is signed in, now or since an earlier start of the game; null when nobody is. With a token provider,
        /// ask <see cref="MeAsync"/>.
        /// </summary>
        public Player Player
        {
            get { return _guest == null ? null : _guest.Player; }
        }

        internal ILobbyClock Clock { get; private set; }

        internal ILobbyChance Chance { get; private set; }

        private GuestTokens Guest
        {
            get
            {
                if (_guest != null) return _guest;
                throw new InvalidOperationException("Players of a token provider sign in with it, and not as guests.");
            }
        }

        /// <summary>Becomes a new player, whoever was signed in before. The credentials are kept and refreshed from then on.</summary>
        /// <param name="displayName">1 to 32 characters after trimming.</param>
        public async Task<LobbyResult<Player>> SignInAsGuestAsync(
            string displayName, CancellationToken cancellation = default(CancellationToken))
        {
            GuestTokens guest = Guest;
            var input = new SignInAsGuestInput { DisplayName = displayName };
            LobbyResult<CredentialsGranted> result = await _requests.SignInAsGuestAsync(input, cancellation);
            if (result.IsRejected) return LobbyResult<Player>.Of(result.Rejection);
            guest.Keep(result.Value.Credentials);
            return LobbyResult<Player>.Of(result.Value.Credentials.Player);
        }

        /// <summary>Forgets the guest on this device, for good.</summary>
        public void SignOut()
        {
            Guest.Forget();
        }

        private static string Endpoint(string url)
        {
            Uri address;
            bool isAddress = Uri.TryCreate(url, UriKind.Absolute, out address) && address.Scheme.StartsWith("http", StringComparison.Ordinal);
            if (!isAddress) throw new ArgumentException("Not an http or https address: " + url, "url");
            string trimmed = url.TrimEnd('/');
            return trimmed.EndsWith(Path, StringComparison.Ordinal) ? trimmed : trimmed + Path;
        }
    }
}
