#nullable enable
using System;
using System.Linq;
using System.Threading.Tasks;

namespace AdventureBotLobby.Hosting
{
    /// <summary>
    /// Takes a player from the party into the game and back: hosts the run if the lobby says so, otherwise joins it with the
    /// player's own ticket. It comes back after a lost connection, and follows to a new host.
    /// </summary>
    /// <remarks>Create it when the player has entered a party, on the main thread. It ends with <see cref="Dispose"/>.</remarks>
    public sealed class GameRun : ILobbyTickable, IDisposable
    {
        private readonly LobbyClient _lobby;
        private readonly ILobbyConnection _connection;
        private readonly IPartyStream _stream;
        private readonly IGameNetwork _network;
        private readonly ILoop _loop;
        private readonly ITicketKeys _keys;
        private readonly GameRunOptions _options;
        private readonly string _playerId;
        private int _turn;
        private int _failures;
        private int? _term;
        private DateTime? _retryAt;
        private string? _sessionId;
        private bool _isIn;
        private int _ownSeq;
        private Task _leaving = Task.CompletedTask;
        private bool _isDisposed;

        /// <param name="lobby">The client of the player.</param>
        /// <param name="connection">The connection that the stream runs over.</param>
        /// <param name="stream">The stream of the player's party.</param>
        /// <param name="network">The game's own network.</param>
        /// <param name="options">Null for the defaults.</param>
        public GameRun(
            LobbyClient lobby, ILobbyConnection connection, IPartyStream stream, IGameNetwork network, GameRunOptions? options = null)
        {
            if (lobby == null) throw new ArgumentNullException("lobby");
            if (connection == null) throw new ArgumentNullException("connection");
            if (stream == null) throw new ArgumentNullException("stream");
            if (network == null) throw new ArgumentNullException("network");
            _lobby = lobby;
            _connection = connection;
            _stream = stream;
            _network = network;
            _options = options ?? new GameRunOptions();
            string? playerId = lobby.Player != null ? lobby.Player.Id : _options.PlayerId;
            if (playerId == null) throw new ArgumentException("With a token provider, set GameRunOptions.PlayerId.");
            _playerId = playerId;
            _loop = LoopOf(_options);
            _keys = _options.Keys ?? new TicketKeys(lobby);
            _network.Lost += HandleLost;
            _stream.SessionStarted += HandleStarted;
            _stream.SessionUpdated += HandleUpdated;
            _stream.HostLost += HandleHostLost;
            _stream.HostChanged += HandleHostChanged;
            _stream.SessionEnded += HandleEnded;
            _stream.PartySnapshot += HandleSnapshot;
            _stream.StateChanged += HandleStream;
            _loop.Add(this);
            if (_stream.Party != null) FollowParty(_stream.Party, _stream.AppliedSeq ?? 0);
        }

        /// <summary>The run has a new state.</summary>
        public event Action<GameRunState>? StateChanged;

        /// <summary>Something failed, as a text for a log. The run goes on by itself.</summary>
        public event Action<string>? Trouble;

        /// <summary>
        /// The own game begins to host, before others come in. Load <see cref="RunHost.LoadCheckpointAsync"/> here, and keep the
        /// object for reports.
        /// </summary>
        public event Action<RunHost>? HostingBegan;

        /// <summary>Where the own game is.</summary>
        public GameRunState State { get; private set; }

        /// <summary>The session; null before the first one.</summary>
        public LobbySession? Session { get; private set; }

        /// <summary>The host's side while the own game hosts; otherwise null.</summary>
        public RunHost? Host { get; private set; }

        /// <summary>Leaves the run, for good unless the player comes back. The player stays in the party. Throws <see cref="LobbyException"/>.</summary>
        public async Task LeaveAsync()
        {
            if (Session == null || State == GameRunState.Ended) return;
            LeaveGame();
            Enter(GameRunState.Left);
            _leaving = LeaveSessionAsync(Session.Id);
            await _leaving;
        }

        /// <summary>Goes into the run again that the player has left.</summary>
        public void ComeBack()
        {
            if (State == GameRunState.Left && Session != null) Begin(ComeBackAsync(Session, _turn));
        }

        /// <summary>Leaves the game's network, and follows the party no longer. The player stays in the party.</summary>
        public void Dispose()
        {
            if (_isDisposed) return;
            _isDisposed = true;
            _network.Lost -= HandleLost;
            _stream.SessionStarted -= HandleStarted;
            _stream.SessionUpdated -= HandleUpdated;
            _stream.HostLost -= HandleHostLost;
            _stream.HostChanged -= HandleHostChanged;
            _stream.SessionEnded -= HandleEnded;
            _stream.PartySnapshot -= HandleSnapshot;
            _stream.StateChanged -= HandleStream;
            _loop.Remove(this);
            LeaveGame();
        }

        void ILobbyTickable.Tick()
        {
            if (Host != null) Host.Tick();
            if (_retryAt == null || _connection.ServerNow < _retryAt || Session == null) return;
            _retryAt = null;
            Begin(JoinAsync(Session, _turn, null));
        }

        void ILobbyTickable.Resumed()
        {
        }

        void ILobbyTickable.Stopped()
        {
            Dispose();
        }

        private static ILoop LoopOf(GameRunOptions options)
        {
#if UNITY_2021_3_OR_NEWER
            return options.Loop ?? UnityLoop.Instance;
#else
            if (options.Loop == null) throw new ArgumentException("Outside of Unity a run needs a loop, such as ContextLoop.");
            return options.Loop;
#endif
        }

        private void HandleStarted(PartyEvent happened)
        {
            Follow(happened.Session, happened.Ticket, happened.Seq);
        }

        private void HandleUpdated(PartyEvent happened)
        {
            Follow(happened.Session, null, happened.Seq);
        }

        private void HandleSnapshot(PartyEvent happened)
        {
            // Entries were missed: the host may have changed meanwhile.
            if (happened.Party != null) FollowParty(happened.Party, happened.Seq);
        }

        private void HandleStream(StreamState state)
        {
            // The player is no longer in the party, or has signed out.
            if (state != StreamState.Ended) return;
            LeaveGame();
            Enter(GameRunState.Ended);
        }

        private void HandleEnded(PartyEvent happened)
        {
            Session = happened.Session ?? Session;
            LeaveGame();
            Enter(GameRunState.Ended);
        }

        /// <summary>The candidate hosts the run. All others wait for HostChanged.</summary>
        private void HandleHostLost(PartyEvent happened)
        {
            if (State == GameRunState.Left) return;
            Session = happened.Session ?? Session;
            LeaveGame();
            Enter(GameRunState.HostLost);
            bool isMe = happened.Candidate != null && happened.Candidate.Id == _playerId;
            if (isMe && Session != null && happened.HostTerm != null) Begin(HostAsync(Session.Id, _turn, happened.HostTerm.Value));
        }

        private void HandleHostChanged(PartyEvent happened)
        {
            LobbySession? session = happened.Session;
            if (State == GameRunState.Left || session == null) return;
            Session = session;
            int? ownTerm = OwnTermOf(session);
            if (Host != null && Host.Term == ownTerm) return;
            if (IsInGame && _term == TermOf(session)) return;
            LeaveGame();
            Begin(ownTerm != null ? HostAsync(session.Id, _turn, ownTerm.Value) : JoinAsync(session, _turn, happened.Ticket));
        }

        /// <summary>The session of a party has no endpoint and no ticket: joining asks for both.</summary>
        private void FollowParty(LobbyParty party, int seq)
        {
            Follow(party.Session, null, seq, true);
        }

        /// <summary>A state of the session, as of this entry of the log: hosts, joins, or goes on.</summary>
        private void Follow(LobbySession? session, SessionTicket? ticket, int seq, bool isOfParty = false)
        {
            if (session == null || session.Status != SessionStatus.InProgress) return;
            bool isOther = session.Id != _sessionId;
            Session = session;
            _sessionId = session.Id;
            if (isOther) LeaveGame();
            if (HasLeft(session, isOther, seq)) return;
            if (Host != null) Host.Update(session);
            HostCandidate? candidate = session.HostCandidate;
            int? ownTerm = OwnTermOf(session);
            bool hasOtherHost = candidate == null && ((Host != null && ownTerm == null) || (IsInGame && TermOf(session) != _term));
            if (hasOtherHost) LeaveGame();
            else if (!isOther && State != GameRunState.Waiting && State != GameRunState.HostLost) return;
            if (candidate != null && candidate.Player.Id == _playerId) Begin(HostAsync(session.Id, _turn, candidate.Term));
            else if (candidate != null) Enter(GameRunState.HostLost);
            else if (ownTerm != null) Begin(HostAsync(session.Id, _turn, ownTerm.Value));
            else if (session.Endpoint != null || isOfParty) Begin(JoinAsync(session, _turn, ticket));
            else Enter(GameRunState.Waiting);
        }

        private bool IsInGame
        {
            get { return State == GameRunState.Joining || State == GameRunState.Playing; }
        }

        /// <summary>The term of the player who hosts; null if a game server does.</summary>
        private static int? TermOf(LobbySession session)
        {
            return session.Host == null ? (int?)null : session.Host.Term;
        }

        /// <summary>Whether the player was in the run and is no longer: by the player's own choice, or by the host's report.</summary>
        private bool HasLeft(LobbySession session, bool isOther, int seq)
        {
            // Such an entry may be from before the player's own leaving or coming back, whose answers were faster than the stream.
            if (!isOther && (State == GameRunState.Left || seq <= _ownSeq)) return false;
            bool wasIn = _isIn && !isOther;
            _isIn = session.Players.Any(player => player.Id == _playerId);
            if (!wasIn || _isIn) return false;
            LeaveGame();
            Enter(GameRunState.Left);
            return true;
        }

        /// <summary>The term of the own player; null if the own player does not host.</summary>
        private int? OwnTermOf(LobbySession session)
        {
            return session.Host != null && session.Host.Player.Id == _playerId ? session.Host.Term : (int?)null;
        }

        private async Task HostAsync(string sessionId, int turn, int term)
        {
            Enter(GameRunState.Opening);
            var host = new RunHost(_lobby, _keys, () => _connection.ServerNow, sessionId, term, _options.Host);
            Host = host;
            host.ClientToDrop += _network.Drop;
            host.Deposed += () => HandleDeposed(host);
            if (HostingBegan != null) HostingBegan(host);
            EndpointInput? here = await _network.HostAsync(host, _playerId);
            if (turn != _turn) return;
            if (here == null)
            {
                Report("The game cannot host the run. Another player is asked.");
                LeaveGame();
                Enter(GameRunState.HostLost);
                await _lobby.YieldHostAsync(new SessionActionInput { SessionId = sessionId });
                return;
            }
            var report = new UpdateSessionInput { SessionId = sessionId, HostTerm = term, Endpoint = here };
            LobbyResult<SessionChanged> reported = await _lobby.ReportEndpointAsync(report);
            if (turn != _turn) return;
            if (!reported.IsRejected)
            {
                host.Begin();
                Enter(GameRunState.Hosting);
                return;
            }
            Report("The lobby refused this host: " + reported.Rejection.Message);
            LeaveGame();
            Enter(GameRunState.HostLost);
        }

        private void HandleDeposed(RunHost host)
        {
            if (host != Host) return;
            Report("Another player hosts the run now.");
            LeaveGame();
            Enter(GameRunState.HostLost);
        }

        private async Task LeaveSessionAsync(string sessionId)
        {
            var leave = new SessionActionInput { SessionId = sessionId };
            LobbyResult<SessionChanged> left = await _lobby.LeaveSessionAsync(leave);
            if (!left.IsRejected) Know(false, left.Value.Seq);
        }

        private async Task ComeBackAsync(LobbySession session, int turn)
        {
            try
            {
                await _leaving;
            }
            catch (LobbyException)
            {
                // Perhaps the lobby still has the player in the session. Joining it then changes nothing.
            }
            if (turn == _turn && State == GameRunState.Left) await JoinAsync(session, turn, null);
        }

        /// <summary>The lobby has answered that the player is in the session, or no longer. Entries up to this one say nothing newer.</summary>
        private void Know(bool isIn, int seq)
        {
            _isIn = isIn;
            _ownSeq = Math.Max(_ownSeq, seq);
        }

        /// <summary>Joins with the ticket, or with a new one if it is null or too old.</summary>
        private async Task JoinAsync(LobbySession session, int turn, SessionTicket? ticket)
        {
            Enter(State == GameRunState.Reconnecting ? GameRunState.Reconnecting : GameRunState.Joining);
            _term = TermOf(session);
            if (ticket == null || ticket.ExpiresAt <= _connection.ServerNow)
            {
                var enter = new SessionActionInput { SessionId = session.Id };
                LobbyResult<SessionChanged> entered = await _lobby.JoinSessionAsync(enter);
                if (turn != _turn) return;
                if (entered.IsRejected)
                {
                    Retry("The lobby gave no ticket: " + entered.Rejection.Message);
                    return;
                }
                Know(true, entered.Value.Seq);
                Session = session = entered.Value.Session;
                ticket = entered.Value.Ticket;
                int? ownTerm = OwnTermOf(session);
                if (ownTerm != null)
                {
                    await HostAsync(session.Id, turn, ownTerm.Value);
                    return;
                }
            }
            _term = TermOf(session);
            string? problem = session.Endpoint == null || ticket == null
                ? "The session has no endpoint yet." : await _network.JoinAsync(session.Endpoint, ticket.Token);
            if (turn != _turn) return;
            if (problem != null)
            {
                Retry(problem);
                return;
            }
            _failures = 0;
            Enter(GameRunState.Playing);
        }

        private void HandleLost(string why)
        {
            if (Host == null && (State == GameRunState.Playing || State == GameRunState.Joining)) Retry(why);
            else if (Host != null) Begin(YieldAsync(Host.SessionId, why));
        }

        /// <summary>The own network has failed while it hosted: another player is asked.</summary>
        private async Task YieldAsync(string sessionId, string why)
        {
            Report("The game can no longer host: " + why);
            LeaveGame();
            Enter(GameRunState.HostLost);
            await _lobby.YieldHostAsync(new SessionActionInput { SessionId = sessionId });
        }

        /// <summary>Schedules the next attempt, with a growing pause. A host that is gone for good is reported by the lobby.</summary>
        private void Retry(string why)
        {
            Report("Not in the game, retrying: " + why);
            LeaveGame();
            Enter(GameRunState.Reconnecting);
            double bound = _options.FirstRetry.TotalSeconds * Math.Pow(2, Math.Min(_failures++, 16));
            _retryAt = _connection.ServerNow.AddSeconds(Math.Min(bound, _options.LongestRetry.TotalSeconds));
        }

        /// <summary>Leaves the game's network. What still runs for it no longer counts.</summary>
        private void LeaveGame()
        {
            _turn++;
            _retryAt = null;
            if (Host != null) Host.Stop();
            Host = null;
            _network.Stop();
        }

        private void Enter(GameRunState state)
        {
            if (State == state || _isDisposed) return;
            State = state;
            if (StateChanged != null) StateChanged(state);
        }

        private void Report(string trouble)
        {
            if (Trouble != null) Trouble(trouble);
        }

        private async void Begin(Task work)
        {
            int turn = _turn;
            try
            {
                await work;
            }
            catch (LobbyException error)
            {
                if (turn == _turn && !_isDisposed) Retry(error.Message);
            }
            catch (OperationCanceledException)
            {
                // The player has signed out, and the stream ends.
            }
        }
    }
}
