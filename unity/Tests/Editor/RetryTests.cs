using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using NUnit.Framework;

namespace AdventureBot2.Lobby.Tests
{
    public sealed class RetryTests
    {
        private static readonly string Changed = Stage.Data("postMessage", "{\"__typename\":\"PartyChanged\",\"seq\":3}");

        private readonly Stage _stage = new Stage();
        private readonly LobbyClient _client;

        public RetryTests()
        {
            _client = _stage.SignedIn();
        }

        [Test]
        public void A_mutation_whose_answer_was_lost_is_sent_again_with_the_same_key()
        {
            _stage.Http.Loses().Loses().Answers(Changed);

            Assert.AreEqual(3, Stage.Done(Post()).Value.Seq);
            string[] bodies = _stage.Http.Requests.Select(request => request.Body).ToArray();
            Assert.AreEqual(3, bodies.Length);
            Assert.IsTrue(bodies[0].Contains("\"idempotencyKey\":\"key-1\""));
            Assert.AreEqual(1, bodies.Distinct().Count());
        }

        [Test]
        public void Two_calls_with_one_input_have_two_keys()
        {
            var input = new PostMessageInput { PartyId = "x", Text = "again" };
            _stage.Http.Answers(Changed).Answers(Changed);
            Stage.Done(_client.PostMessageAsync(input));
            Stage.Done(_client.PostMessageAsync(input));

            Assert.IsTrue(_stage.Http.Requests[0].Body.Contains("\"key-1\""));
            Assert.IsTrue(_stage.Http.Requests[1].Body.Contains("\"key-2\""));
            Assert.IsNull(input.IdempotencyKey);
        }

        [Test]
        public void A_key_of_the_games_own_is_kept()
        {
            _stage.Http.Answers(Changed);
            Stage.Done(_client.PostMessageAsync(new PostMessageInput { PartyId = "x", Text = "hi", IdempotencyKey = "mine" }));

            Assert.IsTrue(_stage.Http.Requests[0].Body.Contains("\"idempotencyKey\":\"mine\""));
        }

        [Test]
        public void Pauses_double_up_to_a_bound_and_are_the_bound_times_chance()
        {
            _stage.Retries.AttemptsMax = 9;
            for (int attempt = 0; attempt < 8; attempt++) _stage.Http.Loses();
            _stage.Http.Answers(Changed);
            Stage.Done(Post());

            Assert.AreEqual(new[] { 100.0, 200, 400, 800, 1600, 3200, 5000, 5000 }, _stage.Clock.WaitsMs);
        }

        [Test]
        public void Attempts_are_bounded_and_the_error_has_the_key_to_ask_again_with()
        {
            for (int attempt = 0; attempt < _stage.Retries.AttemptsMax; attempt++) _stage.Http.Loses();

            var error = Assert.Throws<LobbyException>(() => Stage.Done(Post()));

            Assert.AreEqual(LobbyErrorCodes.NoAnswer, error.Code);
            Assert.AreEqual("key-1", error.IdempotencyKey);
            Assert.AreEqual(_stage.Retries.AttemptsMax, _stage.Http.Requests.Count);
        }

        [Test]
        public void The_key_is_there_too_when_it_is_the_token_that_can_not_be_had_for_the_next_attempt()
        {
            _stage.Http.Answers(Stage.Error("UNAUTHENTICATED"));
            for (int attempt = 0; attempt < _stage.Retries.AttemptsMax; attempt++) _stage.Http.Loses();

            var error = Assert.Throws<LobbyException>(() => Stage.Done(Post()));

            Assert.AreEqual(LobbyErrorCodes.NoAnswer, error.Code);
            Assert.AreEqual("key-1", error.IdempotencyKey);
        }

        [Test]
        public void What_one_player_began_is_not_sent_again_by_another()
        {
            _stage.Http.Loses();
            _stage.Clock.Meanwhile = () => _client.SignOut();

            var error = Assert.Throws<LobbyException>(() => Stage.Done(Post()));

            Assert.AreEqual(LobbyErrorCodes.NoAnswer, error.Code);
            Assert.AreEqual(1, _stage.Http.Requests.Count);
        }

        [Test]
        public void A_server_that_is_closed_for_long_says_so_at_once()
        {
            _stage.Http.Answers("", 503, "120");

            var error = Assert.Throws<LobbyException>(() => Stage.Done(Post()));

            Assert.AreEqual(503, error.HttpStatus);
            Assert.AreEqual(TimeSpan.FromMinutes(2), error.RetryAfter);
        }

        [Test]
        public void Attempts_end_with_the_total_time()
        {
            _stage.Retries.AttemptsMax = 1000;
            _stage.Retries.TotalTime = TimeSpan.FromSeconds(1);
            for (int attempt = 0; attempt < 10; attempt++) _stage.Http.Loses();

            Assert.Throws<LobbyException>(() => Stage.Done(Post()));

            Assert.AreEqual(new[] { 100.0, 200, 400 }, _stage.Clock.WaitsMs);
        }

        [TestCase(429)]
        [TestCase(500)]
        [TestCase(502)]
        [TestCase(503)]
        [TestCase(408)]
        public void An_overloaded_server_is_asked_again(int status)
        {
            _stage.Http.Answers("<html>try later</html>", status).Answers(Changed);

            Assert.AreEqual(3, Stage.Done(Post()).Value.Seq);
        }

        [Test]
        public void A_server_that_says_how_long_to_wait_is_heeded()
        {
            _stage.Http.Answers("", 503, "2").Answers(Stage.Rejection("postMessage", "RATE_LIMITED", "700"));
            _stage.Http.Answers(Stage.Error("LIMIT_EXCEEDED", ",\"retryAfterMs\":50"));
            _stage.Http.Answers(Stage.Error("RATE_LIMITED", ",\"retryAfterMs\":250"), 429, "1").Answers(Changed);
            Stage.Done(Post());

            Assert.AreEqual(new[] { 2000.0, 700, 50, 250 }, _stage.Clock.WaitsMs);
        }

        [Test]
        public void A_wait_that_is_too_long_is_for_the_game_to_show()
        {
            _stage.Http.Answers(Stage.Rejection("postMessage", "RATE_LIMITED", "45000"));

            Rejection no = Stage.Done(Post()).Rejection;

            Assert.AreEqual(RejectionCode.RateLimited, no.Code);
            Assert.AreEqual(45000, no.RetryAfterMs);
            Assert.AreEqual(0, _stage.Clock.WaitsMs.Count);
        }

        [Test]
        public void An_unavailable_server_is_asked_again_and_its_no_stands_in_the_end()
        {
            for (int attempt = 0; attempt < _stage.Retries.AttemptsMax; attempt++)
            {
                _stage.Http.Answers(Stage.Rejection("postMessage", "UNAVAILABLE"));
            }

            Assert.AreEqual(RejectionCode.Unavailable, Stage.Done(Post()).Rejection.Code);
            Assert.AreEqual(_stage.Retries.AttemptsMax, _stage.Http.Requests.Count);
        }

        [TestCase("RATE_LIMITED")]
        [TestCase("UNAVAILABLE")]
        public void An_error_that_passes_is_waited_out(string code)
        {
            _stage.Http.Answers(Stage.Error(code)).Answers(Changed);

            Assert.AreEqual(3, Stage.Done(Post()).Value.Seq);
            Assert.AreEqual(new[] { 100.0 }, _stage.Clock.WaitsMs);
        }

        [TestCase("NOT_MEMBER")]
        [TestCase("PARTY_STARTING")]
        public void Another_no_of_the_rules_is_an_answer(string code)
        {
            _stage.Http.Answers(Stage.Rejection("postMessage", code));

            Assert.IsTrue(Stage.Done(Post()).IsRejected);
            Assert.AreEqual(1, _stage.Http.Requests.Count);
        }

        [TestCase("INTERNAL")]
        [TestCase("BAD_USER_INPUT")]
        [TestCase("A_CODE_OF_TOMORROW")]
        public void An_error_of_the_request_has_its_code_and_its_id(string code)
        {
            _stage.Http.Answers(Stage.Error(code, ",\"requestId\":\"r-9\""));

            var error = Assert.Throws<LobbyException>(() => Stage.Done(_client.MyPartyAsync()));

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
            _stage.Http.Answers(body, status);

            var error = Assert.Throws<LobbyException>(() => Stage.Done(_client.MyPartyAsync()));

            Assert.AreEqual(code, error.Code);
            Assert.AreEqual("request-1", error.RequestId);
            Assert.AreEqual(status, error.HttpStatus);
        }

        [Test]
        public void A_server_that_does_not_know_a_document_by_its_hash_gets_its_text_from_then_on()
        {
            _stage.Http.Answers(Stage.Error("PERSISTED_QUERY_NOT_FOUND")).Answers(Changed).Answers(Changed);
            Stage.Done(Post());
            Stage.Done(Post());

            string hashed = "\"documentId\":\"sha256:" + LobbyDocuments.PostMessage.Hash + "\"";
            Assert.AreEqual(
                new[] { true, false, false },
                _stage.Http.Requests.Select(request => request.Body.Contains(hashed)));
            Assert.AreEqual(
                new[] { false, true, true },
                _stage.Http.Requests.Select(request => request.Body.Contains("mutation PostMessage(")));
        }

        [Test]
        public void Calls_at_once_to_a_server_that_knows_no_hash_are_all_sent_again()
        {
            for (int call = 0; call < 2; call++)
            {
                _stage.Http.Answers(Stage.Error("PERSISTED_QUERY_NOT_FOUND")).Answers(Changed);
            }
            var held = _stage.Http.Held = new TaskCompletionSource<bool>();
            Task<LobbyResult<PartyChanged>>[] calls = { Post(), Post() };
            _stage.Http.Held = null;
            held.SetResult(true);

            Assert.AreEqual(new[] { 3, 3 }, calls.Select(call => Stage.Done(call).Value.Seq));
        }

        [Test]
        public void A_call_that_is_cancelled_ends_and_asks_nothing_more()
        {
            var cancellation = new CancellationTokenSource();
            _stage.Http.Held = new TaskCompletionSource<bool>();
            Task<Party> call = _client.MyPartyAsync(cancellation.Token);
            cancellation.Cancel();
            _stage.Http.Held.SetResult(true);

            Assert.IsTrue(call.IsCanceled);
            Assert.AreEqual(1, _stage.Http.Requests.Count);
        }

        private Task<LobbyResult<PartyChanged>> Post()
        {
            return _client.PostMessageAsync(new PostMessageInput { PartyId = "x", Text = "hello" });
        }
    }
}
