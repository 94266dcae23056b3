#nullable enable
using System;
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBotLobby
{
    // The refresh, alone or beside other games that use the same store.
    internal sealed partial class GuestTokens
    {
        /// <summary>
        /// How long to wait for a game that refreshes the same credentials. Then this game refreshes too: within a minute the
        /// server gives both the same credentials.
        /// </summary>
        private static readonly TimeSpan LockWait = TimeSpan.FromSeconds(15);

        private static readonly TimeSpan LockAgain = TimeSpan.FromMilliseconds(50);

        /// <summary>The maximum number of times that other games may be faster, before the refresh fails.</summary>
        private const int RefreshesMax = 10;

        private async Task<string?> RefreshAsync(StoredCredentials old)
        {
            using (await LockAsync())
            {
                for (int refreshes = 0; refreshes < RefreshesMax; refreshes++)
                {
                    // If somebody signed in or out meanwhile, the newer credentials count.
                    if (!ReferenceEquals(old, _stored)) return CurrentToken();
                    old = NewestOf(old);
                    if (IsGood(old)) return old.AccessToken;
                    // Without cancellation: several calls share this refresh.
                    var result = await _requests.RefreshCredentialsAsync(old.RefreshToken, CancellationToken.None);
                    if (!ReferenceEquals(old, _stored)) return CurrentToken();
                    if (!result.IsRejected) return Renew(old, result.Value.Credentials);
                    if (result.Rejection.Code != RejectionCode.InvalidCredentials) throw RefreshFailed(result.Rejection.Message);
                    if (ReferenceEquals(old, NewestOf(old)))
                    {
                        SignOutByServer(old);
                        return null;
                    }
                    old = _stored;
                }
                throw RefreshFailed("other games keep refreshing the same credentials.");
            }
        }

        /// <summary>The store's lock; null if the store has none, or another game holds it for too long.</summary>
        private async Task<IDisposable?> LockAsync()
        {
            var store = _store as ICredentialLock;
            DateTime until = _clock.UtcNow + LockWait;
            while (store != null)
            {
                IDisposable? held;
                if (TryLock(store, out held)) return held;
                if (_clock.UtcNow >= until) return null;
                await _clock.DelayAsync(LockAgain, CancellationToken.None);
            }
            return null;
        }

        /// <summary>False if another game holds the lock. True with null, if there is no lock on this platform.</summary>
        private bool TryLock(ICredentialLock store, out IDisposable? held)
        {
            held = null;
            try
            {
                held = store.TryLock();
                return held != null;
            }
            catch (Exception error)
            {
                _log.Write(LobbyLogLevel.Info, "The stored credentials cannot be locked: " + error.Message);
                return true;
            }
        }

        /// <summary>
        /// The credentials in the store, if another game has refreshed those of this player; otherwise <paramref name="known"/>.
        /// </summary>
        private StoredCredentials NewestOf(StoredCredentials known)
        {
            StoredCredentials? found = Read();
            if (found == null || found.Player.Id != known.Player.Id || found.RefreshToken == known.RefreshToken) return known;
            _stored = found;
            return found;
        }

        private StoredCredentials? Read()
        {
            try
            {
                return StoredCredentials.Parse(_store.Load());
            }
            catch (Exception error)
            {
                _log.Write(LobbyLogLevel.Error, "The stored credentials could not be read.", error);
                return null;
            }
        }

        private string Renew(StoredCredentials old, LobbyCredentials granted)
        {
            StoredCredentials stored = StoredCredentials.Of(granted, _clock.UtcNow);
            StoredCredentials? found = Read();
            _stored = stored;
            // Another player who has signed in since, in another game, keeps the store.
            if (found == null || found.Player.Id == old.Player.Id) Write(stored);
            return stored.AccessToken;
        }

        private void SignOutByServer(StoredCredentials refused)
        {
            StoredCredentials? found = Read();
            _stored = null;
            if (found == null || found.RefreshToken == refused.RefreshToken) TryStore(() => _store.Clear());
            ReportChange();
            Raise(SignedOut);
        }

        private string? CurrentToken()
        {
            StoredCredentials? stored = _stored;
            return stored == null ? null : stored.AccessToken;
        }

        private static LobbyException RefreshFailed(string why)
        {
            return new LobbyException(LobbyErrorCodes.NoAnswer, "Refreshing the credentials failed: " + why);
        }
    }
}
