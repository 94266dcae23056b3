#nullable enable
using System;
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBotLobby
{
    /// <summary>Stores the credentials of a guest and refreshes access tokens before they expire.</summary>
    /// <remarks>
    /// A refresh token is valid once, and several games may use one store: two builds, or an editor and a build. The server
    /// takes an old refresh token for stolen, and signs the player out everywhere. So the store is read again before each
    /// refresh and after a refusal, and locked during a refresh where it can be.
    /// </remarks>
    internal sealed partial class GuestTokens : IPlayerTokens
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
        private readonly LobbyLogger _log;
        private readonly SingleFlight<string?> _flight = new SingleFlight<string?>();
        private volatile StoredCredentials? _stored;
        private volatile bool _isLoaded;
        private volatile string? _refused;
        private int _playerChanges;

        public GuestTokens(LobbyRequests requests, ICredentialStore store, ILobbyClock clock, LobbyLogger log)
        {
            _requests = requests;
            _store = store;
            _clock = clock;
            _log = log;
        }

        /// <summary>The server rejected the stored credentials: nobody is signed in any more.</summary>
        public event Action? SignedOut;

        public event Action? PlayerChanged;

        /// <summary>The guest; null if nobody is signed in.</summary>
        public LobbyPlayer? Player
        {
            get
            {
                StoredCredentials? stored = Stored;
                return stored == null ? null : stored.Player;
            }
        }

        public int PlayerChanges
        {
            get { return Volatile.Read(ref _playerChanges); }
        }

        private StoredCredentials? Stored
        {
            get
            {
                if (!_isLoaded) _stored = StoredCredentials.Parse(_store.Load());
                _isLoaded = true;
                return _stored;
            }
        }

        public Task<string?> GetAsync(CancellationToken cancellation)
        {
            StoredCredentials? stored = Stored;
            if (stored == null) return Task.FromResult<string?>(null);
            if (IsGood(stored)) return Task.FromResult<string?>(stored.AccessToken);
            return _flight.JoinAsync(() => RefreshAsync(stored), cancellation);
        }

        public void Refuse(string token)
        {
            _refused = token;
        }

        /// <summary>Signs in, also in place of another player, for all games that use the store.</summary>
        public void Save(LobbyCredentials granted)
        {
            StoredCredentials? old = Stored;
            StoredCredentials stored = StoredCredentials.Of(granted, _clock.UtcNow);
            _stored = stored;
            Write(stored);
            if (old == null || old.Player.Id != stored.Player.Id) ReportChange();
        }

        public void Forget()
        {
            bool wasThere = Stored != null;
            _stored = null;
            TryStore(() => _store.Clear());
            if (wasThere) ReportChange();
        }

        private bool IsGood(StoredCredentials stored)
        {
            if (stored.AccessToken == _refused) return false;
            DateTime now = _clock.UtcNow;
            bool isYoung = now >= stored.GrantedAt && now - stored.GrantedAt < Trusted;
            return isYoung || now < stored.ExpiresAt - Margin;
        }

        private void ReportChange()
        {
            Interlocked.Increment(ref _playerChanges);
            Raise(PlayerChanged);
        }

        /// <summary>A handler that throws affects neither the other handlers nor the call that waits for a token.</summary>
        private void Raise(Action? handlers)
        {
            if (handlers == null) return;
            foreach (Delegate each in handlers.GetInvocationList())
            {
                try
                {
                    ((Action)each)();
                }
                catch (Exception error)
                {
                    _log.Write(LobbyLogLevel.Error, "A handler of the game for the player's sign-out failed.", error);
                }
            }
        }

        private void Write(StoredCredentials stored)
        {
            TryStore(() => _store.Save(stored.ToString()));
        }

        private void TryStore(Action act)
        {
            try
            {
                act();
            }
            catch (Exception error)
            {
                const string message = "The credentials could not be stored: the player is signed in until the game ends.";
                _log.Write(LobbyLogLevel.Error, message, error);
            }
        }
    }
}
