using System;
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBot2.Lobby
{
    /// <summary>Stores the credentials of a guest and refreshes access tokens before they expire.</summary>
    internal sealed class GuestTokens : ILobbyTokens
    {
        /// <summary>
        /// A token is refreshed this long before it expires: a request may take some time, and the clocks of the device and
        /// of the server differ.
        /// </summary>
        public static readonly TimeSpan Margin = TimeSpan.FromSeconds(60);

        /// <summary>
        /// A token younger than this is always used: a device's clock that is wrong by an hour must not cause a refresh for
        /// each request. The server may still reject the token.
        /// </summary>
        public static readonly TimeSpan Trusted = TimeSpan.FromSeconds(30);

        private readonly LobbyRequests _requests;
        private readonly ICredentialStore _store;
        private readonly ILobbyClock _clock;
        private readonly SingleFlight<string> _flight = new SingleFlight<string>();
        private StoredCredentials _stored;
        private bool _isLoaded;
        private volatile string _refused;

        public GuestTokens(LobbyRequests requests, ICredentialStore store, ILobbyClock clock)
        {
            _requests = requests;
            _store = store;
            _clock = clock;
        }

        /// <summary>The server rejected the stored credentials: nobody is signed in any more.</summary>
        public event Action SignedOut;

        /// <summary>The guest; null if nobody is signed in.</summary>
        public Player Player
        {
            get { return Stored == null ? null : Stored.Player; }
        }

        private StoredCredentials Stored
        {
            get
            {
                if (!_isLoaded) _stored = StoredCredentials.Parse(_store.Load());
                _isLoaded = true;
                return _stored;
            }
        }

        public Task<string> GetAsync(CancellationToken cancellation)
        {
            StoredCredentials stored = Stored;
            if (stored == null) return Task.FromResult<string>(null);
            if (IsGood(stored)) return Task.FromResult(stored.AccessToken);
            return _flight.JoinAsync(() => RefreshAsync(stored), cancellation);
        }

        public void Refuse(string token)
        {
            _refused = token;
        }

        public void Save(Credentials granted)
        {
            StoredCredentials stored = StoredCredentials.Of(granted, _clock.UtcNow);
            _stored = stored;
            _isLoaded = true;
            _store.Save(stored.ToString());
        }

        public void Forget()
        {
            _stored = null;
            _isLoaded = true;
            _store.Clear();
        }

        private bool IsGood(StoredCredentials stored)
        {
            if (stored.AccessToken == _refused) return false;
            DateTime now = _clock.UtcNow;
            bool isYoung = now >= stored.GrantedAt && now - stored.GrantedAt < Trusted;
            return isYoung || now < stored.ExpiresAt - Margin;
        }

        private async Task<string> RefreshAsync(StoredCredentials old)
        {
            // Without cancellation: several calls share this refresh.
            var result = await _requests.RefreshCredentialsAsync(old.RefreshToken, CancellationToken.None);
            // If somebody signed in or out meanwhile, the newer credentials count.
            if (!ReferenceEquals(old, Stored)) return Stored == null ? null : Stored.AccessToken;
            if (!result.IsRejected)
            {
                Save(result.Value.Credentials);
                return result.Value.Credentials.AccessToken;
            }
            if (result.Rejection.Code != RejectionCode.InvalidCredentials) throw RefreshFailed(result.Rejection);
            Forget();
            Action signedOut = SignedOut;
            if (signedOut != null) signedOut();
            return null;
        }

        private static LobbyException RefreshFailed(Rejection rejection)
        {
            string message = "Refreshing the credentials failed: " + rejection.Message;
            return new LobbyException(LobbyErrorCodes.NoAnswer, message);
        }
    }
}
