using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using NUnit.Framework;

namespace AdventureBotLobby.Tests
{
    public sealed class SignInTests : InlineTests
    {
        private static readonly string Me = ClientFixture.Data("me", ClientFixture.Ada);

        private ClientFixture _fixture;

        [SetUp]
        public void SetUp()
        {
            _fixture = new ClientFixture();
        }

        [TestCase("lobby.test")]
        [TestCase("ws://lobby.test")]
        [TestCase("")]
        [TestCase(null)]
        [TestCase("httpx://lobby.test")]
        [TestCase("http://lobby.test/?region=eu")]
        [TestCase("http://lobby.test/#top")]
        [TestCase("http://ada:secret@lobby.test/")]
        public void An_address_that_is_none_is_refused_at_once(string url)
        {
            Assert.Throws<ArgumentException>(() => new LobbyClient(url));
        }

        [TestCase("http://lobby.test/")]
        [TestCase("http://lobby.test/graphql")]
        [TestCase("http://lobby.test/graphql/")]
        public void The_endpoint_is_found_from_the_address(string url)
        {
            Assert.AreEqual("http://lobby.test/graphql", new LobbyClient(url).Url);
        }

        [Test]
        public void A_request_without_sign_in_has_no_token()
        {
            LobbyClient client = _fixture.Client();
            _fixture.Http.Answers(ClientFixture.Error("UNAUTHENTICATED"));

            var error = Assert.Throws<LobbyException>(() => ClientFixture.Done(client.MeAsync()));

            Assert.AreEqual(LobbyErrorCodes.Unauthenticated, error.Code);
            Assert.IsNull(_fixture.Http.Requests.Single().AccessToken);
            Assert.IsNull(client.Player);
        }

        [Test]
        public void A_guest_sends_the_granted_token()
        {
            LobbyClient client = _fixture.SignedIn();
            _fixture.Http.Answers(Me);
            ClientFixture.Done(client.MeAsync());

            Assert.AreEqual("Ada", client.Player.DisplayName);
            Assert.AreEqual("first", _fixture.Http.Requests.Single().AccessToken);
            Assert.AreEqual("http://lobby.test/graphql", _fixture.Http.Requests.Single().Url);
        }

        [Test]
        public void An_account_elsewhere_signs_in_and_its_token_is_sent()
        {
            LobbyClient client = _fixture.Client();
            _fixture.Http.Answers(_fixture.Granted("signInWith", "first"));
            var input = new SignInWithInput { Provider = "discord", Token = "code" };
            Assert.IsFalse(ClientFixture.Done(client.SignInWithAsync(input)).IsRejected);
            _fixture.Http.Requests.Clear();
            _fixture.Http.Answers(Me);
            ClientFixture.Done(client.MeAsync());

            Assert.AreEqual("Ada", client.Player.DisplayName);
            Assert.AreEqual("first", _fixture.Http.Requests.Single().AccessToken);
        }

        [Test]
        public void A_rejected_name_signs_nobody_in()
        {
            LobbyClient client = _fixture.Client();
            _fixture.Http.Answers(ClientFixture.Rejection("signInAsGuest", "INVALID_INPUT"));

            Assert.AreEqual(RejectionCode.InvalidInput, ClientFixture.Done(client.SignInAsGuestAsync("")).Rejection.Code);
            Assert.IsNull(client.Player);
        }

        [Test]
        public void The_guest_is_restored_at_the_next_start_of_the_game()
        {
            _fixture.SignedIn();
            LobbyClient later = _fixture.Client();
            _fixture.Http.Answers(Me);
            ClientFixture.Done(later.MeAsync());

            Assert.AreEqual("p1", later.Player.Id);
            Assert.AreEqual("first", _fixture.Http.Requests.Single().AccessToken);
        }

        [TestCase("not json")]
        [TestCase("{}")]
        [TestCase("")]
        public void What_is_kept_and_is_no_credentials_counts_as_none(string kept)
        {
            _fixture.Store.Save(kept);

            Assert.IsNull(_fixture.Client().Player);
        }

        [Test]
        public void A_token_is_refreshed_before_it_expires()
        {
            LobbyClient client = _fixture.SignedIn();
            _fixture.Clock.UtcNow += TimeSpan.FromMinutes(14.5);
            _fixture.Http.Answers(_fixture.Granted("refreshCredentials", "second")).Answers(Me);
            ClientFixture.Done(client.MeAsync());

            Assert.IsTrue(_fixture.Http.Requests[0].Body.Contains("\"refreshToken\":\"refresh-first\""));
            Assert.IsNull(_fixture.Http.Requests[0].AccessToken);
            Assert.AreEqual("second", _fixture.Http.Requests[1].AccessToken);
            Assert.IsTrue(_fixture.Store.Load().Contains("refresh-second"));
        }

        [Test]
        public void A_rejected_token_is_refreshed_and_the_request_sent_again()
        {
            LobbyClient client = _fixture.SignedIn();
            _fixture.Http.Answers(ClientFixture.Error("UNAUTHENTICATED"));
            _fixture.Http.Answers(_fixture.Granted("refreshCredentials", "second")).Answers(Me);

            Assert.AreEqual("p1", ClientFixture.Done(client.MeAsync()).Id);
            Assert.AreEqual(new[] { "first", null, "second" }, _fixture.Http.Requests.Select(request => request.AccessToken));
        }

        [Test]
        public void A_server_that_rejects_every_token_gets_a_bounded_number_of_requests()
        {
            LobbyClient client = _fixture.SignedIn();
            _fixture.Http.Answers(ClientFixture.Error("UNAUTHENTICATED"));
            _fixture.Http.Answers(_fixture.Granted("refreshCredentials", "second")).Answers(ClientFixture.Error("UNAUTHENTICATED"));

            var error = Assert.Throws<LobbyException>(() => ClientFixture.Done(client.MeAsync()));

            Assert.AreEqual(LobbyErrorCodes.Unauthenticated, error.Code);
            Assert.AreEqual(3, _fixture.Http.Requests.Count);
        }

        [Test]
        public void Concurrent_calls_share_one_refresh()
        {
            LobbyClient client = _fixture.SignedIn();
            _fixture.Clock.UtcNow += TimeSpan.FromHours(1);
            _fixture.Http.Answers(_fixture.Granted("refreshCredentials", "second")).Answers(Me).Answers(Me).Answers(Me);
            var held = _fixture.Http.Held = new TaskCompletionSource<bool>();
            Task<LobbyPlayer>[] calls = { client.MeAsync(), client.MeAsync(), client.MeAsync() };
            _fixture.Http.Held = null;
            held.SetResult(true);

            Assert.AreEqual(new[] { "p1", "p1", "p1" }, calls.Select(call => ClientFixture.Done(call).Id));
            Assert.AreEqual(
                new[] { null, "second", "second", "second" }, _fixture.Http.Requests.Select(request => request.AccessToken));
        }

        [Test]
        public void Cancelling_one_call_does_not_cancel_a_shared_refresh()
        {
            LobbyClient client = _fixture.SignedIn();
            _fixture.Clock.UtcNow += TimeSpan.FromHours(1);
            _fixture.Http.Answers(_fixture.Granted("refreshCredentials", "second")).Answers(Me);
            var held = _fixture.Http.Held = new TaskCompletionSource<bool>();
            var cancellation = new CancellationTokenSource();
            Task<LobbyPlayer> impatient = client.MeAsync(cancellation.Token);
            Task<LobbyPlayer> patient = client.MeAsync();
            cancellation.Cancel();
            _fixture.Http.Held = null;
            held.SetResult(true);

            Assert.IsTrue(impatient.IsCanceled);
            Assert.AreEqual("p1", ClientFixture.Done(patient).Id);
        }

        [TestCase(-24)]
        [TestCase(24)]
        public void A_device_whose_clock_is_wrong_does_not_refresh_with_each_request(int hours)
        {
            _fixture.Clock.UtcNow += TimeSpan.FromHours(hours);
            LobbyClient client = _fixture.Client();
            _fixture.Http.Answers(GrantedAtNoon("signInAsGuest", "first"));
            ClientFixture.Done(client.SignInAsGuestAsync("Ada"));
            _fixture.Http.Answers(Me).Answers(Me);
            ClientFixture.Done(client.MeAsync());
            ClientFixture.Done(client.MeAsync());

            Assert.AreEqual(new[] { null, "first", "first" }, _fixture.Http.Requests.Select(request => request.AccessToken));
        }

        [Test]
        public void An_unknown_guest_is_signed_out_and_SignedOut_is_raised()
        {
            LobbyClient client = _fixture.SignedIn();
            int told = 0;
            client.SignedOut += () => told++;
            _fixture.Clock.UtcNow += TimeSpan.FromDays(40);
            _fixture.Http.Answers(ClientFixture.Rejection("refreshCredentials", "INVALID_CREDENTIALS"));

            Assert.Throws<LobbyException>(() => ClientFixture.Done(client.MeAsync()));

            Assert.AreEqual(1, told);
            Assert.IsNull(client.Player);
            Assert.IsNull(_fixture.Store.Load());
        }

        [Test]
        public void A_refresh_without_a_response_signs_nobody_out()
        {
            LobbyClient client = _fixture.SignedIn();
            _fixture.Clock.UtcNow += TimeSpan.FromHours(1);
            for (int attempt = 0; attempt < _fixture.Retries.AttemptsMax; attempt++) _fixture.Http.Loses();
            Assert.Throws<LobbyException>(() => ClientFixture.Done(client.MeAsync()));
            _fixture.Http.Answers(_fixture.Granted("refreshCredentials", "second")).Answers(Me);

            Assert.AreEqual("p1", ClientFixture.Done(client.MeAsync()).Id);
        }

        [Test]
        public void Signing_out_deletes_the_guest()
        {
            LobbyClient client = _fixture.SignedIn();
            client.SignOut();

            Assert.IsNull(client.Player);
            Assert.IsNull(_fixture.Store.Load());
        }

        [Test]
        public void A_rejected_token_of_a_provider_is_requested_again()
        {
            var provider = new CountingProvider();
            LobbyClient client = _fixture.Client(provider);
            _fixture.Http.Answers(Me).Answers(ClientFixture.Error("UNAUTHENTICATED")).Answers(Me);
            ClientFixture.Done(client.MeAsync());
            ClientFixture.Done(client.MeAsync());

            Assert.AreEqual(new[] { "own-1", "own-1", "own-2" }, _fixture.Http.Requests.Select(request => request.AccessToken));
            Assert.Throws<InvalidOperationException>(() => ClientFixture.Done(client.SignInAsGuestAsync("Ada")));
        }

        [Test]
        public void A_token_of_a_provider_is_renewed_before_it_expires()
        {
            var provider = new CountingProvider { ExpiresAt = _fixture.Clock.UtcNow + TimeSpan.FromMinutes(5) };
            LobbyClient client = _fixture.Client(provider);
            _fixture.Http.Answers(Me).Answers(Me);
            ClientFixture.Done(client.MeAsync());
            _fixture.Clock.UtcNow += TimeSpan.FromMinutes(4.5);
            ClientFixture.Done(client.MeAsync());

            Assert.AreEqual(new[] { "own-1", "own-2" }, _fixture.Http.Requests.Select(request => request.AccessToken));
        }

        /// <summary>By the server's clock, independent of the device's clock.</summary>
        private string GrantedAtNoon(string field, string token)
        {
            DateTime device = _fixture.Clock.UtcNow;
            _fixture.Clock.UtcNow = new ManualClock().UtcNow;
            string granted = _fixture.Granted(field, token);
            _fixture.Clock.UtcNow = device;
            return granted;
        }

        private sealed class CountingProvider : ITokenProvider
        {
            private int _asked;

            public DateTime? ExpiresAt;

            public Task<ProvidedToken> GetTokenAsync(CancellationToken cancellation)
            {
                return Task.FromResult(new ProvidedToken("own-" + ++_asked, ExpiresAt));
            }
        }
    }
}
