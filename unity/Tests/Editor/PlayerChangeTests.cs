using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using NUnit.Framework;

namespace AdventureBotLobby.Tests
{
    /// <summary>The player changes, or has no token, while calls are in progress.</summary>
    public sealed class PlayerChangeTests
    {
        private static readonly string Me = ClientFixture.Data("me", ClientFixture.Ada);

        private ClientFixture _fixture;

        [SetUp]
        public void SetUp()
        {
            _fixture = new ClientFixture();
        }

        [Test]
        public void A_call_that_waits_for_a_refresh_is_not_sent_for_the_next_player()
        {
            LobbyClient client = _fixture.SignedIn();
            _fixture.Clock.UtcNow += TimeSpan.FromHours(1);
            var held = _fixture.Http.Held = new TaskCompletionSource<bool>();
            Task<LobbyPlayer> call = client.MeAsync();
            _fixture.Http.Held = null;
            client.SignOut();
            _fixture.Http.Answers(_fixture.Granted("signInAsGuest", "of-bram").Replace("\"p1\"", "\"p2\""));
            ClientFixture.Done(client.SignInAsGuestAsync("Bram"));
            _fixture.Http.Answers(_fixture.Granted("refreshCredentials", "second"));
            held.SetResult(true);

            var error = Assert.Throws<LobbyException>(() => ClientFixture.Done(call));

            Assert.AreEqual(LobbyErrorCodes.PlayerChanged, error.Code);
            Assert.AreEqual("p2", client.Player.Id);
            Assert.IsTrue(_fixture.Store.Load().Contains("of-bram"));
        }

        [Test]
        public void A_rejected_token_is_not_replaced_by_that_of_another_player()
        {
            LobbyClient client = _fixture.SignedIn();
            _fixture.Http.Answers(ClientFixture.Error("UNAUTHENTICATED"), client.SignOut);

            var error = Assert.Throws<LobbyException>(() => ClientFixture.Done(client.MeAsync()));

            Assert.AreEqual(LobbyErrorCodes.PlayerChanged, error.Code);
            Assert.AreEqual(1, _fixture.Http.Requests.Count);
        }

        [Test]
        public void A_call_is_not_repeated_with_a_providers_token_of_another_player()
        {
            var provider = new ScriptedProvider(Jwt("ada"), Jwt("bram"));
            _fixture.Http.Answers(ClientFixture.Error("UNAUTHENTICATED"));

            var error = Assert.Throws<LobbyException>(() => ClientFixture.Done(_fixture.Client(provider).MeAsync()));

            Assert.AreEqual(LobbyErrorCodes.PlayerChanged, error.Code);
            Assert.AreEqual(1, _fixture.Http.Requests.Count);
        }

        [Test]
        public void After_SignOut_a_provider_is_asked_for_the_next_player()
        {
            LobbyClient client = _fixture.Client(new ScriptedProvider("of-ada", "of-bram"));
            _fixture.Http.Answers(Me).Answers(Me);
            ClientFixture.Done(client.MeAsync());
            client.SignOut();
            ClientFixture.Done(client.MeAsync());

            Assert.AreEqual(new[] { "of-ada", "of-bram" }, _fixture.Http.Requests.Select(request => request.AccessToken));
        }

        [Test]
        public void A_provider_that_hangs_fails_the_call_after_its_time_and_is_asked_again()
        {
            var provider = new ScriptedProvider(null, "late");
            LobbyClient client = _fixture.Client(provider);

            var error = Assert.Throws<LobbyException>(() => ClientFixture.Done(client.MeAsync()));

            Assert.AreEqual(LobbyErrorCodes.NoToken, error.Code);
            Assert.AreEqual(new[] { 15000.0 }, _fixture.Clock.WaitsMs);
            Assert.IsTrue(provider.IsCancelled);
            _fixture.Http.Answers(Me);
            Assert.AreEqual("p1", ClientFixture.Done(client.MeAsync()).Id);
        }

        [Test]
        public void A_provider_that_throws_fails_the_call_with_a_code()
        {
            var error = Assert.Throws<LobbyException>(
                () => ClientFixture.Done(_fixture.Client(new ScriptedProvider()).MeAsync()));

            Assert.AreEqual(LobbyErrorCodes.NoToken, error.Code);
            Assert.IsTrue(error.Message.Contains("Queue"));
        }

        [Test]
        public void A_handler_of_SignedOut_that_throws_affects_neither_the_call_nor_other_handlers()
        {
            LobbyClient client = _fixture.SignedIn();
            int told = 0;
            client.SignedOut += () => { throw new InvalidOperationException("the game's own"); };
            client.SignedOut += () => told++;
            _fixture.Clock.UtcNow += TimeSpan.FromDays(40);
            _fixture.Http.Answers(ClientFixture.Rejection("refreshCredentials", "INVALID_CREDENTIALS"));

            var error = Assert.Throws<LobbyException>(() => ClientFixture.Done(client.MeAsync()));

            Assert.AreEqual(LobbyErrorCodes.PlayerChanged, error.Code);
            Assert.AreEqual(1, told);
            Assert.AreEqual(LobbyLogLevel.Error, _fixture.Log.Lines.Single().Level);
            Assert.AreEqual("the game's own", _fixture.Log.Lines.Single().Error.Message);
        }

        [Test]
        public void A_request_that_the_platform_refuses_is_an_error_with_advice_and_without_a_retry()
        {
            LobbyClient client = _fixture.SignedIn();
            _fixture.Http.Refuses(new InvalidOperationException("Insecure connection not allowed"));

            var error = Assert.Throws<LobbyException>(() => ClientFixture.Done(client.MeAsync()));

            Assert.AreEqual(LobbyErrorCodes.NotSent, error.Code);
            Assert.IsTrue(error.Message.Contains("Insecure connection not allowed"));
            Assert.IsTrue(error.Message.Contains("Allow downloads over HTTP"));
            Assert.AreEqual(1, _fixture.Http.Requests.Count);
        }

        [Test]
        public void A_call_that_was_cancelled_during_its_response_throws()
        {
            var cancellation = new CancellationTokenSource();
            LobbyClient client = _fixture.SignedIn();
            _fixture.Http.Answers(Me, cancellation.Cancel);

            Assert.IsTrue(client.MeAsync(cancellation.Token).IsCanceled);
        }

        [Test]
        public void The_first_lost_response_is_a_warning_and_retries_are_told_at_level_Info()
        {
            _fixture.LogLevel = LobbyLogLevel.Info;
            LobbyClient client = _fixture.SignedIn();
            _fixture.Http.Loses().Loses().Answers(Me);
            ClientFixture.Done(client.MeAsync());

            Assert.AreEqual(
                new[] { LobbyLogLevel.Warning, LobbyLogLevel.Info, LobbyLogLevel.Info },
                _fixture.Log.Lines.Select(line => line.Level));
            Assert.IsTrue(_fixture.Log.Lines[0].Message.Contains("Is the server running"));
            Assert.IsTrue(_fixture.Log.Lines[2].Message.Contains("Me is retried in 200 ms after attempt 2: NO_ANSWER"));
        }

        private static string Jwt(string subject)
        {
            string payload = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes("{\"sub\":\"" + subject + "\"}"));
            return "e30." + payload.TrimEnd('=').Replace('+', '-').Replace('/', '_') + ".c2lnbmF0dXJl";
        }

        /// <summary>Hands out tokens in turn. A null never comes. Without a token it throws.</summary>
        private sealed class ScriptedProvider : ITokenProvider
        {
            private readonly System.Collections.Generic.Queue<string> _tokens;
            private CancellationToken _last;

            public ScriptedProvider(params string[] tokens)
            {
                _tokens = new System.Collections.Generic.Queue<string>(tokens);
            }

            public bool IsCancelled
            {
                get { return _last.IsCancellationRequested; }
            }

            public Task<ProvidedToken> GetTokenAsync(CancellationToken cancellation)
            {
                _last = cancellation;
                string token = _tokens.Dequeue();
                return token == null ? new TaskCompletionSource<ProvidedToken>().Task : Task.FromResult(new ProvidedToken(token));
            }
        }
    }
}
