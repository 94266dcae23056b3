#nullable enable
using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBotLobby.Hosting
{
    /// <summary>
    /// The host's side of a run, for one term: lets players in by their tickets, knows which client is which player, and reports
    /// to the lobby who has come and gone, saved states and the end. It knows no network library.
    /// </summary>
    /// <remarks>Use it on one thread, in Unity the main thread, and call <see cref="Tick"/> in each frame.</remarks>
    public sealed class RunHost
    {
        /// <summary>The maximum number of clients that wait for their admission at the same time.</summary>
        public const int WaitingMax = 32;

        /// <summary>The maximum size of a saved state, in bytes of UTF-8.</summary>
        public const int CheckpointBytesMax = 64 * 1024;

        private readonly ILobbyHostClient _lobby;
        private readonly TicketVerifier _verifier;
        private readonly Func<DateTime> _serverNow;
        private readonly RunHostOptions _options;
        private readonly ClientRoster _roster = new ClientRoster();
        private readonly HashSet<ulong> _waiting = new HashSet<ulong>();
        private readonly HashSet<string> _enteredDue = new HashSet<string>();
        private readonly HashSet<string> _leftDue = new HashSet<string>();
        private Task _report = Task.CompletedTask;
        private DateTime _reportDueAt = DateTime.MinValue;

        /// <param name="lobby">The client of the player who hosts.</param>
        /// <param name="keys">The lobby's public keys.</param>
        /// <param name="serverNow">The server's clock, as <see cref="LobbyConnection.ServerNow"/> has it.</param>
        /// <param name="sessionId">The session that is played.</param>
        /// <param name="term">The host's own term: <c>Session.Host.Term</c>, or <c>HostTerm</c> of <c>HostLost</c>.</param>
        /// <param name="options">Null for the defaults.</param>
        public RunHost(
            ILobbyHostClient lobby, ITicketKeys keys, Func<DateTime> serverNow, string sessionId, int term, RunHostOptions? options = null)
        {
            if (lobby == null) throw new ArgumentNullException("lobby");
            if (sessionId == null) throw new ArgumentNullException("sessionId");
            _lobby = lobby;
            _verifier = new TicketVerifier(keys, serverNow);
            _serverNow = serverNow;
            _options = options ?? new RunHostOptions();
            SessionId = sessionId;
            Term = term;
        }

        /// <summary>A player is in the game: the id of the client, and the ticket.</summary>
        public event Action<ulong, LobbyTicket>? PlayerEntered;

        /// <summary>A player has left the run for good, or was away for too long: the player's id.</summary>
        public event Action<string>? PlayerLeft;

        /// <summary>
        /// The player is no longer in the session, as the lobby says: disconnect this client. The text is for the player.
        /// </summary>
        public event Action<ulong, string>? ClientToDrop;

        /// <summary>The lobby says that another player hosts, or that the session is over: stop hosting.</summary>
        public event Action? Deposed;

        /// <summary>The session that is played.</summary>
        public string SessionId { get; private set; }

        /// <summary>The term of this host.</summary>
        public int Term { get; private set; }

        /// <summary>Whether hosting has ended: nobody is let in, and nothing is reported.</summary>
        public bool IsOver { get; private set; }

        /// <summary>
        /// Whether the lobby has accepted this host: see <see cref="Begin"/>. Before that nobody is let in, and nothing is reported.
        /// </summary>
        public bool IsAccepted { get; private set; }

        /// <summary>The ids of the players who are connected.</summary>
        public IEnumerable<string> Players
        {
            get { return _roster.Players; }
        }

        /// <summary>The id of the player behind a client; null for a client that was not admitted.</summary>
        public string? PlayerOf(ulong clientId)
        {
            return _roster.PlayerOf(clientId);
        }

        /// <summary>The client of a player. False if the player is not connected.</summary>
        public bool TryGetClient(string playerId, out ulong clientId)
        {
            return _roster.TryGetClient(playerId, out clientId);
        }

        /// <summary>
        /// The lobby has accepted this host, as the answer to <c>ReportEndpointAsync</c>. <see cref="GameRun"/> calls it. A candidate is
        /// no host before, and its reports would be rejected.
        /// </summary>
        public void Begin()
        {
            IsAccepted = true;
        }

        /// <summary>The host's own player, who needs no ticket.</summary>
        public void EnterMyself(ulong clientId, string playerId)
        {
            _roster.Put(clientId, playerId);
            _enteredDue.Add(playerId);
        }

        /// <summary>Verifies the ticket that a client shows, and spends it. It never throws.</summary>
        /// <param name="clientId">The client's id in the game's network.</param>
        /// <param name="payload">The ticket as UTF-8, as the client sent it.</param>
        public async Task<LobbyAdmission> AdmitAsync(ulong clientId, byte[]? payload)
        {
            if (IsOver) return new LobbyAdmission(TicketProblem.Refused);
            if (!IsAccepted || _waiting.Count >= WaitingMax) return new LobbyAdmission(TicketProblem.Busy);
            _waiting.Add(clientId);
            string? token = payload == null || payload.Length > TicketVerifier.TicketMax ? null : Encoding.UTF8.GetString(payload);
            TicketCheck check;
            using (var limit = new CancellationTokenSource(_options.AdmissionTimeout)) check = await SpendAsync(token, limit.Token);
            bool isGone = !_waiting.Remove(clientId);
            if (check.Ticket == null) return new LobbyAdmission(check.Problem);
            var admission = new LobbyAdmission(check.Ticket, _roster.Put(clientId, check.Ticket.PlayerId));
            _leftDue.Remove(check.Ticket.PlayerId);
            if (isGone) _roster.Lose(clientId, _serverNow());
            else if (PlayerEntered != null) PlayerEntered(clientId, check.Ticket);
            return admission;
        }

        /// <summary>The connection of a client is lost. Its player may come back with another ticket.</summary>
        public void Disconnected(ulong clientId)
        {
            _waiting.Remove(clientId);
            _roster.Lose(clientId, _serverNow());
        }

        /// <summary>A player has left the run for good, by the player's own choice. The player stays in the party.</summary>
        public void Leave(string playerId)
        {
            _roster.Remove(playerId);
            ReportLeft(playerId);
        }

        /// <summary>The lobby sent a new state of the session: players who are no longer in it are to be dropped.</summary>
        public void Update(LobbySession? session)
        {
            if (IsOver || session == null || session.Id != SessionId) return;
            foreach (string playerId in _roster.All())
            {
                if (session.Players.Any(player => player.Id == playerId)) continue;
                ulong? clientId = _roster.Remove(playerId);
                if (clientId != null && ClientToDrop != null) ClientToDrop(clientId.Value, "You have left the run.");
                if (PlayerLeft != null) PlayerLeft(playerId);
            }
        }

        /// <summary>Reports what is due. Call it in each frame.</summary>
        public void Tick()
        {
            if (IsOver || !IsAccepted) return;
            DateTime now = _serverNow();
            foreach (string playerId in _roster.TakeAbsentSince(now - _options.AbsenceMax)) ReportLeft(playerId);
            bool isDue = _enteredDue.Count + _leftDue.Count > 0 && now >= _reportDueAt;
            if (isDue && _report.IsCompleted) _report = ReportAsync(now);
        }

        /// <summary>
        /// The saved state that this run continues, or that an earlier host of it has saved; null for a new run. Read it before
        /// players come in. Throws <see cref="LobbyException"/>.
        /// </summary>
        public Task<string?> LoadCheckpointAsync(CancellationToken cancellation = default(CancellationToken))
        {
            return _lobby.CheckpointDataAsync(SessionId, cancellation);
        }

        /// <summary>
        /// Saves the state of the run, in place of an earlier one. Throws <see cref="ArgumentException"/> if it is larger than
        /// <see cref="CheckpointBytesMax"/>, and <see cref="LobbyException"/>.
        /// </summary>
        /// <param name="data">Any text, such as JSON.</param>
        /// <param name="label">What players read in a list of their runs; null for none.</param>
        /// <param name="cancellation">Cancels the request.</param>
        public async Task<LobbyResult<SessionChanged>> SaveCheckpointAsync(
            string data, string? label = null, CancellationToken cancellation = default(CancellationToken))
        {
            if (data == null) throw new ArgumentNullException("data");
            int bytes = Encoding.UTF8.GetByteCount(data);
            if (bytes > CheckpointBytesMax)
            {
                string message = "A saved state has at most " + CheckpointBytesMax + " bytes, and this one has " + bytes + ".";
                throw new ArgumentException(message, "data");
            }
            var input = new SaveCheckpointInput { SessionId = SessionId, HostTerm = Term, Data = data, Label = label };
            return Checked(await _lobby.SaveCheckpointAsync(input, cancellation));
        }

        /// <summary>Reports the floor of the dungeon that the players have reached. Throws <see cref="LobbyException"/>.</summary>
        public async Task<LobbyResult<SessionChanged>> ReportFloorAsync(
            int floor, CancellationToken cancellation = default(CancellationToken))
        {
            var input = new UpdateSessionInput { SessionId = SessionId, HostTerm = Term, Floor = floor };
            return Checked(await _lobby.UpdateSessionAsync(input, cancellation));
        }

        /// <summary>The run is over: the party is back in the lobby. Throws <see cref="LobbyException"/>.</summary>
        public async Task<LobbyResult<SessionChanged>> CompleteAsync(
            string outcome, CancellationToken cancellation = default(CancellationToken))
        {
            var input = new CompleteSessionInput { SessionId = SessionId, HostTerm = Term, Outcome = outcome };
            return Checked(await _lobby.CompleteSessionAsync(input, cancellation));
        }

        /// <summary>Ends hosting: nobody is let in, and nothing is reported any more.</summary>
        public void Stop()
        {
            IsOver = true;
        }

        private async Task<TicketCheck> SpendAsync(string? token, CancellationToken cancellation)
        {
            try
            {
                TicketCheck check = await _verifier.CheckAsync(token, SessionId, Term, cancellation);
                if (check.Ticket == null || token == null) return check;
                // A new idempotency key for each player who shows a ticket: otherwise a copy of the ticket would be let in.
                var input = new SpendTicketInput { SessionId = SessionId, HostTerm = Term, Ticket = token };
                LobbyResult<SessionChanged> spent = Checked(await _lobby.HostSpendTicketAsync(input, cancellation));
                if (!spent.IsRejected) return check;
                bool isSpent = spent.Rejection.Code == RejectionCode.TicketSpent;
                return TicketCheck.Of(isSpent ? TicketProblem.Spent : TicketProblem.Refused);
            }
            catch (LobbyException)
            {
                return TicketCheck.Of(TicketProblem.NoAnswer);
            }
            catch (OperationCanceledException)
            {
                return TicketCheck.Of(TicketProblem.NoAnswer);
            }
        }

        private void ReportLeft(string playerId)
        {
            _enteredDue.Remove(playerId);
            _leftDue.Add(playerId);
            if (PlayerLeft != null) PlayerLeft(playerId);
        }

        private async Task ReportAsync(DateTime now)
        {
            _reportDueAt = now + _options.ReportPause;
            string[] entered = _enteredDue.ToArray(), left = _leftDue.ToArray();
            _enteredDue.Clear();
            _leftDue.Clear();
            try
            {
                var input = new ReportPlayersInput { SessionId = SessionId, HostTerm = Term, Entered = entered, Left = left };
                Checked(await _lobby.HostReportPlayersAsync(input));
            }
            catch (LobbyException)
            {
                // The lobby does not answer. The next report has these players, too, unless newer news came of them.
                foreach (string playerId in entered.Where(each => !_leftDue.Contains(each))) _enteredDue.Add(playerId);
                ulong clientId;
                foreach (string playerId in left.Where(each => !TryGetClient(each, out clientId))) _leftDue.Add(playerId);
            }
        }

        /// <summary>The same result. Hosting ends if the lobby has another host, or the session is over.</summary>
        private LobbyResult<SessionChanged> Checked(LobbyResult<SessionChanged> result)
        {
            if (!result.IsRejected || IsOver) return result;
            RejectionCode code = result.Rejection.Code;
            bool isOver = code == RejectionCode.SessionNotActive && !result.Rejection.Retryable;
            if (code != RejectionCode.HostChanged && code != RejectionCode.NotHost && !isOver) return result;
            Stop();
            if (Deposed != null) Deposed();
            return result;
        }
    }
}
