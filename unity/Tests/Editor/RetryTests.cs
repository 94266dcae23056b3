using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using NUnit.Framework;

namespace AdventureBotLobby.Tests
{
    public sealed class RetryTests : InlineTests
    {
        private static readonly string Changed = ClientFixture.Data("postMessage", "{\"__typename\":\"PartyChanged\",\"seq\":3}");

        private ClientFixture _fixture;
        private LobbyClient _client;

        [SetUp]
        public void SetUp()
        {
            _fixture = new ClientFixture();
            _client = _fixture.SignedIn();
        }

        [Test]
        public void A_mutation_without_a_response_is_sent_again_with_the_same_key()
        {
            _fixture.Http.Loses().Loses().Answers(Changed);

            Assert.AreEqual(3, ClientFixture.Done(Post()).Value.Seq);
            string[] bodies = _fixture.Http.Requests.Select(request => request.Body).ToArray();
            Assert.AreEqual(3, bodies.Length);
            Assert.IsTrue(bodies[0].Contains("\"idempotencyKey\":\"key-1\""));
            Assert.AreEqual(1, bodies.Distinct().Count());
        }

        [Test]
        public void Two_calls_with_one_input_have_two_keys()
        {
            var input = new PostMessageInput { PartyId = "x", Text = "again" };
            _fixture.Http.Answers(Changed).Answers(Changed);
            ClientFixture.Done(_client.PostMessageAsync(input));
            ClientFixture.Done(_client.PostMessageAsync(input));

            Assert.IsTrue(_fixture.Http.Requests[0].Body.Contains("\"key-1\""));
            Assert.IsTrue(_fixture.Http.Requests[1].Body.Contains("\"key-2\""));
            Assert.IsNull(input.IdempotencyKey);
        }

        [Test]
        public void A_key_that_the_game_sets_is_used()
        {
            _fixture.Http.Answers(Changed);
            ClientFixture.Done(_client.PostMessageAsync(new PostMessageInput { PartyId = "x", Text = "hi", IdempotencyKey = "mine" }));

            Assert.IsTrue(_fixture.Http.Requests[0].Body.Contains("\"idempotencyKey\":\"mine\""));
        }

        [Test]
        public void Pauses_are_random_up_to_a_bound_that_doubles()
        {
            _fixture.Retries.AttemptsMax = 9;
            for (int attempt = 0; attempt < 8; attempt++) _fixture.Http.Loses();
            _fixture.Http.Answers(Changed);
            ClientFixture.Done(Post());

            Assert.AreEqual(new[] { 100.0, 200, 400, 800, 1600, 3200, 5000, 5000 }, _fixture.Clock.WaitsMs);
        }

        [Test]
        public void Attempts_are_bounded_and_the_error_has_the_idempotency_key()
        {
            for (int attempt = 0; attempt < _fixture.Retries.AttemptsMax; attempt++) _fixture.Http.Loses();

            var error = Assert.Throws<LobbyException>(() => ClientFixture.Done(Post()));

            Assert.AreEqual(LobbyErrorCodes.NoAnswer, error.Code);
            Assert.AreEqual("key-1", error.IdempotencyKey);
            Assert.AreEqual(_fixture.Retries.AttemptsMax, _fixture.Http.Requests.Count);
        }

        [Test]
        public void The_error_has_the_key_also_if_the_next_attempt_gets_no_token()
        {
            _fixture.Http.Answers(ClientFixture.Error("UNAUTHENTICATED"));
            for (int attempt = 0; attempt < _fixture.Retries.AttemptsMax; attempt++) _fixture.Http.Loses();

            var error = Assert.Throws<LobbyException>(() => ClientFixture.Done(Post()));

            Assert.AreEqual(LobbyErrorCodes.NoAnswer, error.Code);
            Assert.AreEqual("key-1", error.IdempotencyKey);
        }

        [Test]
        public void A_mutation_of_one_player_is_not_retried_by_another()
        {
            _fixture.Http.Loses();
            _fixture.Clock.Meanwhile = () => _client.SignOut();

            var error = Assert.Throws<LobbyException>(() => ClientFixture.Done(Post()));

            Assert.AreEqual(LobbyErrorCodes.NoAnswer, error.Code);
            Assert.AreEqual(1, _fixture.Http.Requests.Count);
        }

        [Test]
        public void A_long_closure_of_the_server_is_reported_at_once()
        {
            _fixture.Http.Answers("", 503, "120");

            var error = Assert.Throws<LobbyException>(() => ClientFixture.Done(Post()));

            Assert.AreEqual(503, error.HttpStatus);
            Assert.AreEqual(TimeSpan.FromMinutes(2), error.RetryAfter);
        }

        [Test]
        public void No_attempt_begins_after_the_total_time()
        {
            _fixture.Retries.AttemptsMax = 1000;
            _fixture.Retries.TotalTime = TimeSpan.FromSeconds(1);
            for (int attempt = 0; attempt < 10; attempt++) _fixture.Http.Loses();

            Assert.Throws<LobbyException>(() => ClientFixture.Done(Post()));

            Assert.AreEqual(new[] { 100.0, 200, 400 }, _fixture.Clock.WaitsMs);
        }

        [TestCase(429)]
        [TestCase(500)]
        [TestCase(502)]
        [TestCase(503)]
        [TestCase(408)]
        public void An_overloaded_server_is_asked_again(int status)
        {
            _fixture.Http.Answers("<html>try later</html>", status).Answers(Changed);

            Assert.AreEqual(3, ClientFixture.Done(Post()).Value.Seq);
        }

        [Test]
        public void The_client_waits_as_long_as_the_server_asks_and_a_random_time()
        {
            _fixture.Http.Answers("", 503, "2").Answers(ClientFixture.Rejection("postMessage", "RATE_LIMITED", "700"));
            _fixture.Http.Answers(ClientFixture.Error("LIMIT_EXCEEDED", ",\"retryAfterMs\":50"));
            _fixture.Http.Answers(ClientFixture.Error("RATE_LIMITED", ",\"retryAfterMs\":250"), 429, "1").Answers(Changed);
            ClientFixture.Done(Post());

            Assert.AreEqual(new[] { 2100.0, 900, 450, 1050 }, _fixture.Clock.WaitsMs);
        }

        [Test]
        public void Attempts_at_a_time_that_the_server_names_are_bounded_by_time_alone()
        {
            for (int attempt = 0; attempt < 2 * _fixture.Retries.AttemptsMax; attempt++)
            {
                _fixture.Http.Answers(ClientFixture.Error("RATE_LIMITED", ",\"retryAfterMs\":1"), 429);
            }
            _fixture.Retries.LongestPause = TimeSpan.FromSeconds(1);
            _fixture.Http.Answers(Changed);

            Assert.AreEqual(3, ClientFixture.Done(Post()).Value.Seq);
        }

        [Test]
        public void A_wait_that_is_too_long_is_returned_to_the_game()
        {
            _fixture.Http.Answers(ClientFixture.Rejection("postMessage", "RATE_LIMITED", "45000"));

            LobbyRejection no = ClientFixture.Done(Post()).Rejection;

            Assert.AreEqual(RejectionCode.RateLimited, no.Code);
            Assert.AreEqual(45000, no.RetryAfterMs);
            Assert.AreEqual(0, _fixture.Clock.WaitsMs.Count);
        }

        [Test]
        public void An_unavailable_server_is_retried_and_its_rejection_is_returned_at_the_end()
        {
            for (int attempt = 0; attempt < _fixture.Retries.AttemptsMax; attempt++)
            {
                _fixture.Http.Answers(ClientFixture.Rejection("postMessage", "UNAVAILABLE"));
            }

            Assert.AreEqual(RejectionCode.Unavailable, ClientFixture.Done(Post()).Rejection.Code);
            Assert.AreEqual(_fixture.Retries.AttemptsMax, _fixture.Http.Requests.Count);
        }

        [TestCase("RATE_LIMITED")]
        [TestCase("UNAVAILABLE")]
        public void An_error_that_passes_is_waited_out(string code)
        {
            _fixture.Http.Answers(ClientFixture.Error(code)).Answers(Changed);

            Assert.AreEqual(3, ClientFixture.Done(Post()).Value.Seq);
            Assert.AreEqual(new[] { 100.0 }, _fixture.Clock.WaitsMs);
        }

        [TestCase("NOT_MEMBER")]
        [TestCase("PARTY_STARTING")]
        public void Another_no_of_the_rules_is_an_answer(string code)
        {
            _fixture.Http.Answers(ClientFixture.Rejection("postMessage", code));

            Assert.IsTrue(ClientFixture.Done(Post()).IsRejected);
            Assert.AreEqual(1, _fixture.Http.Requests.Count);
        }

        [TestCase("INTERNAL")]
        [TestCase("BAD_USER_INPUT")]
        [TestCase("A_CODE_OF_TOMORROW")]
        public void An_error_of_the_request_has_its_code_and_its_id(string code)
        {
            _fixture.Http.Answers(ClientFixture.Error(code, ",\"requestId\":\"r-9\""));

            var error = Assert.Throws<LobbyException>(() => ClientFixture.Done(_client.MyPartyAsync()));

            Assert.AreEqual(code, error.Code);
            Assert.AreEqual("r-9", error.RequestId);
            Assert.AreEqual(200, error.HttpStatus);
        }

        [TestCase("<html>Sign in to the hotel's network</html>", 200, "MALFORMED_ANSWER")]
        [TestCase("{\"data\":{\"myParty\":{\"id\":", 200, "MALFORMED_ANSWER")]
        [TestCase("{\"data\":null}", 200, "MALFORMED_ANSWER")]
        [TestCase("{}", 200, "MALFORMED_ANSWER")]
        [TestCase("null", 200, "MALFORMED_ANSWER")]
        [TestCase("", 404, "HTTP_STATUS")]
        public void What_is_no_answer_is_a_named_error(string body, int status, string code)
        {
            _fixture.Http.Answers(body, status);

            var error = Assert.Throws<LobbyException>(() => ClientFixture.Done(_client.MyPartyAsync()));

            Assert.AreEqual(code, error.Code);
            Assert.AreEqual("request-1", error.RequestId);
            Assert.AreEqual(status, error.HttpStatus);
        }

        [Test]
        public void After_an_unknown_hash_the_client_sends_texts()
        {
            _fixture.Http.Answers(ClientFixture.Error("PERSISTED_QUERY_NOT_FOUND")).Answers(Changed).Answers(Changed);
            ClientFixture.Done(Post());
            ClientFixture.Done(Post());

            string hashed = "\"documentId\":\"sha256:" + LobbyDocuments.PostMessage.Hash + "\"";
            Assert.AreEqual(
                new[] { true, false, false },
                _fixture.Http.Requests.Select(request => request.Body.Contains(hashed)));
            Assert.AreEqual(
                new[] { false, true, true },
                _fixture.Http.Requests.Select(request => request.Body.Contains("mutation PostMessage(")));
        }

        [Test]
        public void Concurrent_calls_with_unknown_hashes_are_all_sent_again()
        {
            for (int call = 0; call < 2; call++)
            {
                _fixture.Http.Answers(ClientFixture.Error("PERSISTED_QUERY_NOT_FOUND")).Answers(Changed);
            }
            var held = _fixture.Http.Held = new TaskCompletionSource<bool>();
            Task<LobbyResult<PartyChanged>>[] calls = { Post(), Post() };
            _fixture.Http.Held = null;
            held.SetResult(true);

            Assert.AreEqual(new[] { 3, 3 }, calls.Select(call => ClientFixture.Done(call).Value.Seq));
        }

        [Test]
        public void A_cancelled_call_ends_and_sends_nothing_more()
        {
            var cancellation = new CancellationTokenSource();
            _fixture.Http.Held = new TaskCompletionSource<bool>();
            Task<LobbyParty> call = _client.MyPartyAsync(cancellation.Token);
            cancellation.Cancel();
            _fixture.Http.Held.SetResult(true);

            Assert.IsTrue(call.IsCanceled);
            Assert.AreEqual(1, _fixture.Http.Requests.Count);
        }

        private Task<LobbyResult<PartyChanged>> Post()
        {
            return _client.PostMessageAsync(new PostMessageInput { PartyId = "x", Text = "hello" });
        }
    }
}
