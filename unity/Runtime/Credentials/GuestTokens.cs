using System;
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBot2.Lobby
{
    /// <summary>A guest's access tokens: kept, and refreshed ahead of their end.</summary>
    internal sealed class GuestTokens : ILobbyTokens
    {
        /// <summary>
        /// A token this close to its end is not handed out: a request may be on its way for a while, and the clocks of the
        /// device and of the server differ.
        /// </summary>
        public static readonly TimeSpan Margin = TimeSpan.FromSeconds(60);

        /// <summary>
        /// A token younger than this is handed out whatever the device's clock says of its end: one that is wrong by an hour
        /// must not turn each request into a refresh. The server's refusal remains.
        /// </summary>
        public static readonly TimeSpan Trusted = TimeSpan.FromSeconds(30);

        private readonly LobbyRequests _requests;
        private readonly ICredentialStore _store;
        private readonly ILobbyClock _clock;
        private readonly SharedFlight<string> _flight = new SharedFlight<string>();
        private KeptCredentials _kept;
        private bool _isLoaded;
        private volatile string _refused;

        public GuestTokens(LobbyRequests requests, ICredentialStore store, ILobbyClock clock)
        {
            _requests = requests;
            _store = store;
            _clock = clock;
        }

        /// <summary>The server no longer takes the credentials that were kept: nobody is signed in any more.</summary>
        public event Action SignedOut;

        /// <summary>Null when nobody is signed in.</summary>
        public Player Player
        {
            get { return Kept == null ? null : Kept.Player; }
        }

        private KeptCredentials Kept
        {
            get
            {
                if (!_isLoaded) _kept = KeptCredentials.Parse(_store.Load());
                _isLoaded = true;
                return _kept;
            }
        }

        public Task<string> GetAsync(CancellationToken cancellation)
        {
            KeptCredentials kept = Kept;
            if (kept == null) return Task.FromResult<string>(null);
            if (IsGood(kept)) return Task.FromResult(kept.AccessToken);
            return _flight.JoinAsync(() => RefreshAsync(kept), cancellation);
        }

        public void Refuse(string token)
        {
            _refused = token;
        }

        public void Keep(Credentials granted)
        {
            KeptCredentials kept = KeptCredentials.Of(granted, _clock.UtcNow);
            _kept = kept;
            _isLoaded = true;
            _store.Save(kept.ToString());
        }

        public void Forget()
        {
            _kept = null;
            _isLoaded = true;
            _store.Clear();
        }

        private bool IsGood(KeptCredentials kept)
        {
            if (kept.AccessToken == _refused) return false;
            DateTime now = _clock.UtcNow;
            bool isYoung = now >= kept.GrantedAt && now - kept.GrantedAt < Trusted;
            return isYoung || now < kept.ExpiresAt - Margin;
        }

        private async Task<string> RefreshAsync(KeptCredentials old)
        {
            // For all who wait, so nobody's cancellation.
            var result = await _requests.RefreshCredentialsAsync(old.RefreshToken, CancellationToken.None);
            // Somebody signed in or out meanwhile, and that is what counts.
            if (!ReferenceEquals(old, Kept)) return Kept == null ? null : Kept.AccessToken;
            if (!result.IsRejected)
            {
                Keep(result.Value.Credentials);
                return result.Value.Credentials.AccessToken;
            }
            if (result.Rejection.Code != RejectionCode.InvalidCredentials) throw NotNow(result.Rejection);
            Forget();
            Action signedOut = SignedOut;
            if (signedOut != null) signedOut();
            return null;
        }

        private static LobbyException NotNow(Rejection no)
        {
            return new LobbyException(LobbyErrorCodes.NoAnswer, "The credentials could not be refreshed: " + no.Message);
        }
    }
}
