using System.Threading.Tasks;
using AdventureBotLobby.Hosting;
using NUnit.Framework;

namespace AdventureBotLobby.Tests
{
    /// <summary>A player leaves a run and comes back, while the stream is slower than the answers.</summary>
    public sealed class GameRunTests : InlineTests
    {
        private const string Ada = ClientFixture.Ada;
        private const string Bram = "{\"id\":\"p2\",\"displayName\":\"Bram\"}";
        private const string Ticket = ",\"ticket\":{\"token\":\"t\",\"expiresAt\":\"2026-11-25T12:01:00.000Z\"}";

        private ClientFixture _fixture;
        private ScriptedServer _server;
        private ScriptedNetwork _network;

        [SetUp]
        public void SetUp()
        {
            _fixture = new ClientFixture();
            _server = new ScriptedServer();
            _network = new ScriptedNetwork();
        }

        [Test]
        public void A_player_plays_as_soon_as_the_session_runs()
        {
            Assert.AreEqual(GameRunState.Playing, Playing().State);
            Assert.AreEqual(new[] { "t" }, _network.Tickets);
        }

        [Test]
        public void Entries_from_before_the_leaving_do_not_end_the_coming_back()
        {
            GameRun run = Playing();
            Answers("leaveSession", 5, Bram);
            Leave(run);
            _server.Show("SessionUpdated", 4, Session(Ada, Bram));
            // This entry arrives while the lobby answers.
            Answers("joinSession", 6, () => _server.Show("SessionUpdated", 5, Session(Bram)), Ada, Bram);

            run.ComeBack();

            Assert.AreEqual(GameRunState.Playing, run.State);
            _server.Show("SessionUpdated", 6, Session(Ada, Bram));
            Assert.AreEqual(GameRunState.Playing, run.State);
        }

        [Test]
        public void Entries_from_before_the_coming_back_do_not_end_it()
        {
            GameRun run = Playing();
            Answers("leaveSession", 4, Bram);
            Leave(run);
            Answers("joinSession", 6, Ada, Bram);
            run.ComeBack();

            _server.Show("SessionUpdated", 4, Session(Bram));
            _server.Show("SessionUpdated", 5, Session(Bram));

            Assert.AreEqual(GameRunState.Playing, run.State);
        }

        [Test]
        public void A_player_who_comes_back_before_the_leaving_is_answered_joins_after_it()
        {
            GameRun run = Playing();
            var held = _fixture.Http.Held = new TaskCompletionSource<bool>();
            Answers("leaveSession", 4, Bram);
            Task leaving = run.LeaveAsync();
            _fixture.Http.Held = null;
            Answers("joinSession", 5, Ada, Bram);
            run.ComeBack();
            run.ComeBack();
            Assert.AreEqual(GameRunState.Left, run.State);

            held.SetResult(true);

            Assert.IsTrue(leaving.IsCompleted);
            Assert.AreEqual(GameRunState.Playing, run.State);
            Assert.AreEqual(2, _network.Tickets.Count);
        }

        [Test]
        public void A_player_whom_the_host_reports_as_gone_has_left()
        {
            GameRun run = Playing();

            _server.Show("SessionUpdated", 4, Session(Bram));

            Assert.AreEqual(GameRunState.Left, run.State);
        }

        private GameRun Playing()
        {
            LobbyClient client = _fixture.SignedIn();
            LobbyConnection connection = _server.Connect(client);
            PartyStream stream = connection.WatchParty("party", "c2");
            var run = new GameRun(client, connection, stream, _network, new GameRunOptions { Loop = _server });
            _server.Acknowledge();
            _server.Show("SessionStarted", 3, Session(Ada, Bram) + Ticket);
            return run;
        }

        private static void Leave(GameRun run)
        {
            Assert.IsTrue(run.LeaveAsync().IsCompleted);
            Assert.AreEqual(GameRunState.Left, run.State);
        }

        private void Answers(string field, int seq, params string[] players)
        {
            Answers(field, seq, () => { }, players);
        }

        private void Answers(string field, int seq, System.Action before, params string[] players)
        {
            string changed = "{\"__typename\":\"SessionChanged\",\"seq\":" + seq + Session(players) + Ticket + "}";
            _fixture.Http.Answers(ClientFixture.Data(field, changed), before);
        }

        private static string Session(params string[] players)
        {
            return ",\"session\":{\"id\":\"s\",\"status\":\"IN_PROGRESS\",\"players\":[" + string.Join(",", players)
                + "],\"endpoint\":{\"protocol\":\"udp\",\"address\":\"127.0.0.1\",\"port\":7777}}";
        }
    }
}
