using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using NUnit.Framework;

namespace AdventureBot2.Lobby.Tests
{
    public sealed class SignInTests
    {
        private static readonly string Me = Stage.Data("me", Stage.Ada);

        private readonly Stage _stage = new Stage();

        [TestCase("lobby.test")]
        [TestCase("ws://lobby.test")]
        [TestCase("")]
        [TestCase(null)]
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
        public void A_stranger_sends_no_token()
        {
            LobbyClient client = _stage.Client();
            _stage.Http.Answers(Stage.Error("UNAUTHENTICATED"));

            var error = Assert.Throws<LobbyException>(() => Stage.Done(client.MeAsync()));

            Assert.AreEqual(LobbyErrorCodes.Unauthenticated, error.Code);
            Assert.IsNull(_stage.Http.Requests.Single().AccessToken);
            Assert.IsNull(client.Player);
        }

        [Test]
        public void A_guest_sends_the_token_that_was_granted()
        {
            LobbyClient client = _stage.SignedIn();
            _stage.Http.Answers(Me);
            Stage.Done(client.MeAsync());

            Assert.AreEqual("Ada", client.Player.DisplayName);
            Assert.AreEqual("first", _stage.Http.Requests.Single().AccessToken);
            Assert.AreEqual("http://lobby.test/graphql", _stage.Http.Requests.Single().Url);
        }

        [Test]
        public void A_name_that_the_rules_refuse_signs_nobody_in()
        {
            LobbyClient client = _stage.Client();
            _stage.Http.Answers(Stage.Rejection("signInAsGuest", "INVALID_INPUT"));

            Assert.AreEqual(RejectionCode.InvalidInput, Stage.Done(client.SignInAsGuestAsync("")).Rejection.Code);
            Assert.IsNull(client.Player);
        }

        [Test]
        public void The_guest_is_still_there_at_the_next_start_of_the_game()
        {
            _stage.SignedIn();
            LobbyClient later = _stage.Client();
            _stage.Http.Answers(Me);
            Stage.Done(later.MeAsync());

            Assert.AreEqual("p1", later.Player.Id);
            Assert.AreEqual("first", _stage.Http.Requests.Single().AccessToken);
        }

        [TestCase("not json")]
        [TestCase("{}")]
        [TestCase("")]
        public void What_is_kept_and_is_no_credentials_counts_as_none(string kept)
        {
            _stage.Store.Save(kept);

            Assert.IsNull(_stage.Client().Player);
        }

        [Test]
        public void A_token_is_refreshed_before_its_end()
        {
            LobbyClient client = _stage.SignedIn();
            _stage.Clock.UtcNow += TimeSpan.FromMinutes(14.5);
            _stage.Http.Answers(_stage.Granted("refreshCredentials", "second")).Answers(Me);
            Stage.Done(client.MeAsync());

            Assert.IsTrue(_stage.Http.Requests[0].Body.Contains("\"refreshToken\":\"refresh-first\""));
            Assert.IsNull(_stage.Http.Requests[0].AccessToken);
            Assert.AreEqual("second", _stage.Http.Requests[1].AccessToken);
            Assert.IsTrue(_stage.Store.Load().Contains("refresh-second"));
        }

        [Test]
        public void A_token_that_the_server_refuses_is_refreshed_and_the_request_sent_again()
        {
            LobbyClient client = _stage.SignedIn();
            _stage.Http.Answers(Stage.Error("UNAUTHENTICATED"));
            _stage.Http.Answers(_stage.Granted("refreshCredentials", "second")).Answers(Me);

            Assert.AreEqual("p1", Stage.Done(client.MeAsync()).Id);
            Assert.AreEqual(new[] { "first", null, "second" }, _stage.Http.Requests.Select(request => request.AccessToken));
        }

        [Test]
        public void A_server_that_refuses_every_token_is_not_asked_for_ever()
        {
            LobbyClient client = _stage.SignedIn();
            _stage.Http.Answers(Stage.Error("UNAUTHENTICATED"));
            _stage.Http.Answers(_stage.Granted("refreshCredentials", "second")).Answers(Stage.Error("UNAUTHENTICATED"));

            var error = Assert.Throws<LobbyException>(() => Stage.Done(client.MeAsync()));

            Assert.AreEqual(LobbyErrorCodes.Unauthenticated, error.Code);
            Assert.AreEqual(3, _stage.Http.Requests.Count);
        }

        [Test]
        public void All_who_need_a_fresh_token_at_once_share_one_refresh()
        {
            LobbyClient client = _stage.SignedIn();
            _stage.Clock.UtcNow += TimeSpan.FromHours(1);
            _stage.Http.Answers(_stage.Granted("refreshCredentials", "second")).Answers(Me).Answers(Me).Answers(Me);
            var held = _stage.Http.Held = new TaskCompletionSource<bool>();
            Task<Player>[] calls = { client.MeAsync(), client.MeAsync(), client.MeAsync() };
            _stage.Http.Held = null;
            held.SetResult(true);

            Assert.AreEqual(new[] { "p1", "p1", "p1" }, calls.Select(call => Stage.Done(call).Id));
            Assert.AreEqual(
                new[] { null, "second", "second", "second" }, _stage.Http.Requests.Select(request => request.AccessToken));
        }

        [Test]
        public void Whoever_stops_waiting_for_a_refresh_stops_it_for_nobody_else()
        {
            LobbyClient client = _stage.SignedIn();
            _stage.Clock.UtcNow += TimeSpan.FromHours(1);
            _stage.Http.Answers(_stage.Granted("refreshCredentials", "second")).Answers(Me);
            var held = _stage.Http.Held = new TaskCompletionSource<bool>();
            var cancellation = new CancellationTokenSource();
            Task<Player> impatient = client.MeAsync(cancellation.Token);
            Task<Player> patient = client.MeAsync();
            cancellation.Cancel();
            _stage.Http.Held = null;
            held.SetResult(true);

            Assert.IsTrue(impatient.IsCanceled);
            Assert.AreEqual("p1", Stage.Done(patient).Id);
        }

        [TestCase(-24)]
        [TestCase(24)]
        public void A_device_whose_clock_is_wrong_does_not_refresh_with_each_request(int hours)
        {
            _stage.Clock.UtcNow += TimeSpan.FromHours(hours);
            LobbyClient client = _stage.Client();
            _stage.Http.Answers(GrantedAtNoon("signInAsGuest", "first"));
            Stage.Done(client.SignInAsGuestAsync("Ada"));
            _stage.Http.Answers(Me).Answers(Me);
            Stage.Done(client.MeAsync());
            Stage.Done(client.MeAsync());

            Assert.AreEqual(new[] { null, "first", "first" }, _stage.Http.Requests.Select(request => request.AccessToken));
        }

        [Test]
        public void A_guest_whom_the_server_no_longer_knows_is_signed_out_and_told_so()
        {
            LobbyClient client = _stage.SignedIn();
            int told = 0;
            client.SignedOut += () => told++;
            _stage.Clock.UtcNow += TimeSpan.FromDays(40);
            _stage.Http.Answers(Stage.Rejection("refreshCredentials", "INVALID_CREDENTIALS"));
            _stage.Http.Answers(Stage.Error("UNAUTHENTICATED"));

            Assert.Throws<LobbyException>(() => Stage.Done(client.MeAsync()));

            Assert.AreEqual(1, told);
            Assert.IsNull(client.Player);
            Assert.IsNull(_stage.Store.Load());
        }

        [Test]
        public void A_refresh_that_gets_no_answer_signs_nobody_out()
        {
            LobbyClient client = _stage.SignedIn();
            _stage.Clock.UtcNow += TimeSpan.FromHours(1);
            for (int attempt = 0; attempt < _stage.Retries.AttemptsMax; attempt++) _stage.Http.Loses();
            Assert.Throws<LobbyException>(() => Stage.Done(client.MeAsync()));
            _stage.Http.Answers(_stage.Granted("refreshCredentials", "second")).Answers(Me);

            Assert.AreEqual("p1", Stage.Done(client.MeAsync()).Id);
        }

        [Test]
        public void Signing_out_forgets_the_guest()
        {
            LobbyClient client = _stage.SignedIn();
            client.SignOut();

            Assert.IsNull(client.Player);
            Assert.IsNull(_stage.Store.Load());
        }

        [Test]
        public void Tokens_of_the_games_own_are_asked_for_again_when_refused()
        {
            var provider = new CountingProvider();
            LobbyClient client = _stage.Client(provider);
            _stage.Http.Answers(Me).Answers(Stage.Error("UNAUTHENTICATED")).Answers(Me);
            Stage.Done(client.MeAsync());
            Stage.Done(client.MeAsync());

            Assert.AreEqual(new[] { "own-1", "own-1", "own-2" }, _stage.Http.Requests.Select(request => request.AccessToken));
            Assert.Throws<InvalidOperationException>(() => Stage.Done(client.SignInAsGuestAsync("Ada")));
        }

        [Test]
        public void Tokens_of_the_games_own_are_renewed_before_their_end()
        {
            var provider = new CountingProvider { ExpiresAt = _stage.Clock.UtcNow + TimeSpan.FromMinutes(5) };
            LobbyClient client = _stage.Client(provider);
            _stage.Http.Answers(Me).Answers(Me);
            Stage.Done(client.MeAsync());
            _stage.Clock.UtcNow += TimeSpan.FromMinutes(4.5);
            Stage.Done(client.MeAsync());

            Assert.AreEqual(new[] { "own-1", "own-2" }, _stage.Http.Requests.Select(request => request.AccessToken));
        }

        /// <summary>By the server's clock, whatever the device's says.</summary>
        private string GrantedAtNoon(string field, string token)
        {
            DateTime device = _stage.Clock.UtcNow;
            _stage.Clock.UtcNow = new ManualClock().UtcNow;
            string granted = _stage.Granted(field, token);
            _stage.Clock.UtcNow = device;
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
