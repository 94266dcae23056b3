using System;
using System.Linq;
using System.Threading.Tasks;
using NUnit.Framework;

namespace AdventureBotLobby.Tests
{
    /// <summary>Two games on one device that use one store, each with a client of its own.</summary>
    public sealed class SharedStoreTests
    {
        private static readonly string Me = ClientFixture.Data("me", ClientFixture.Ada);

        private ClientFixture _fixture;
        private LobbyClient _first;
        private LobbyClient _second;

        [SetUp]
        public void SetUp()
        {
            _fixture = new ClientFixture();
            _first = _fixture.SignedIn();
            _second = _fixture.Client();
            _second.Player.ToString();
            _fixture.Clock.UtcNow += TimeSpan.FromMinutes(14.5);
        }

        [Test]
        public void Credentials_that_another_game_has_refreshed_are_used_without_a_refresh()
        {
            Refresh(_first, "second");
            _fixture.Http.Answers(Me);
            ClientFixture.Done(_second.MeAsync());

            Assert.AreEqual("second", _fixture.Http.Requests.Single().AccessToken);
        }

        [Test]
        public void The_newest_refresh_token_of_the_store_is_sent()
        {
            Refresh(_first, "second");
            _fixture.Clock.UtcNow += TimeSpan.FromMinutes(15);
            _fixture.Http.Answers(_fixture.Granted("refreshCredentials", "third")).Answers(Me);
            ClientFixture.Done(_second.MeAsync());

            Assert.IsTrue(_fixture.Http.Requests[0].Body.Contains("refresh-second"));
            Assert.AreEqual("third", _fixture.Http.Requests[1].AccessToken);
        }

        [Test]
        public void After_a_refusal_the_store_is_read_again()
        {
            int told = 0;
            _second.SignedOut += () => told++;
            _fixture.Http.Answers(ClientFixture.Rejection("refreshCredentials", "INVALID_CREDENTIALS"), () => Refreshed("second"));
            _fixture.Http.Answers(Me);

            Assert.AreEqual("p1", ClientFixture.Done(_second.MeAsync()).Id);
            Assert.AreEqual(0, told);
            Assert.AreEqual("second", _fixture.Http.Requests.Last().AccessToken);
        }

        [Test]
        public void A_refused_game_leaves_the_player_who_has_signed_in_since()
        {
            string other = null;
            _fixture.Http.Answers(
                ClientFixture.Rejection("refreshCredentials", "INVALID_CREDENTIALS"), () => other = StoreAnotherPlayer());
            _fixture.Http.Answers(ClientFixture.Error("UNAUTHENTICATED"));
            Assert.Throws<LobbyException>(() => ClientFixture.Done(_second.MeAsync()));

            Assert.IsNull(_second.Player);
            Assert.AreEqual(other, _fixture.Store.Load());
        }

        [Test]
        public void A_refresh_does_not_replace_another_player_in_the_store()
        {
            string other = StoreAnotherPlayer();
            Refresh(_first, "second");

            Assert.AreEqual("p1", _first.Player.Id);
            Assert.AreEqual(other, _fixture.Store.Load());
        }

        [Test]
        public void A_refresh_waits_while_another_game_refreshes_and_then_uses_its_result()
        {
            var store = new LockedStore(_fixture.Store);
            LobbyClient client = _fixture.Client(null, store);
            _fixture.Clock.Meanwhile = () =>
            {
                if (_fixture.Clock.WaitsMs.Count < 3) return;
                Refreshed("second");
                store.IsLocked = false;
            };
            _fixture.Http.Answers(Me);
            ClientFixture.Done(client.MeAsync());

            Assert.AreEqual("second", _fixture.Http.Requests.Single().AccessToken);
            Assert.AreEqual(0, store.Held);
        }

        [Test]
        public void A_lock_that_is_never_released_delays_a_refresh_only()
        {
            var store = new LockedStore(_fixture.Store);
            LobbyClient client = _fixture.Client(null, store);
            _fixture.Http.Answers(_fixture.Granted("refreshCredentials", "second")).Answers(Me);

            Assert.AreEqual("p1", ClientFixture.Done(client.MeAsync()).Id);
            Assert.AreEqual(15000.0, _fixture.Clock.WaitsMs.Sum());
        }

        [Test]
        public void A_store_that_fails_signs_nobody_out()
        {
            var store = new LockedStore(_fixture.Store) { IsLocked = false };
            LobbyClient client = _fixture.Client(null, store);
            Assert.AreEqual("Ada", client.Player.DisplayName);
            store.Failure = new InvalidOperationException("The disk is full.");
            _fixture.Http.Answers(_fixture.Granted("refreshCredentials", "second")).Answers(Me);

            Assert.AreEqual("p1", ClientFixture.Done(client.MeAsync()).Id);
            Assert.AreEqual("p1", client.Player.Id);
        }

        [TestCase("-projectPath C:/Game -name Player2", "C:/Game/Library/VP/mppm1/Assets", "editor Player2")]
        [TestCase("-projectPath C:/Game_clone_0", "C:/Game_clone_0/Assets", "editor Game_clone_0")]
        [TestCase("-name", "/home/ada/Game/Assets", "editor Game")]
        public void Each_clone_of_an_editor_has_a_profile_of_its_own(string arguments, string assets, string profile)
        {
            Assert.AreEqual(profile, EditorProfile.Of(arguments.Split(' '), assets));
        }

        private void Refresh(LobbyClient client, string token)
        {
            _fixture.Http.Answers(_fixture.Granted("refreshCredentials", token)).Answers(Me);
            ClientFixture.Done(client.MeAsync());
            _fixture.Http.Requests.Clear();
        }

        /// <summary>Another process stores refreshed credentials.</summary>
        private void Refreshed(string token)
        {
            string expiresAt = (_fixture.Clock.UtcNow + TimeSpan.FromMinutes(15)).ToString("yyyy-MM-ddTHH:mm:ss.fffZ");
            _fixture.Store.Save("{\"accessToken\":\"" + token + "\",\"expiresAt\":\"" + expiresAt + "\",\"refreshToken\":\"refresh-"
                + token + "\",\"player\":" + ClientFixture.Ada + "}");
        }

        private string StoreAnotherPlayer()
        {
            string other = _fixture.Store.Load().Replace("\"p1\"", "\"p2\"").Replace("refresh-first", "refresh-of-another");
            _fixture.Store.Save(other);
            return other;
        }

        private sealed class LockedStore : ICredentialStore, ICredentialLock, IDisposable
        {
            private readonly ICredentialStore _store;

            public bool IsLocked = true;
            public Exception Failure;
            public int Held;

            public LockedStore(ICredentialStore store)
            {
                _store = store;
            }

            public IDisposable TryLock()
            {
                Check();
                if (IsLocked) return null;
                Held++;
                return this;
            }

            public void Dispose()
            {
                Held--;
            }

            public string Load()
            {
                Check();
                return _store.Load();
            }

            public void Save(string credentials)
            {
                Check();
                _store.Save(credentials);
            }

            public void Clear()
            {
                Check();
                _store.Clear();
            }

            private void Check()
            {
                if (Failure != null) throw Failure;
            }
        }
    }
}
