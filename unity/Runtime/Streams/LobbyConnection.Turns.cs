using System;
using System.Threading.Tasks;

namespace AdventureBot2.Lobby
{
    // What it does in a turn: it rests, waits for the time to connect, for a token, or has a link. Nothing here waits.
    public sealed partial class LobbyConnection
    {
        /// <summary>A link that has lived this long past its greeting is a good one, even if it had nothing to say.</summary>
        private const int ThrivingMs = 5000;

        /// <summary>
        /// Turns come each frame. Where none came for this long the game stood still: a tab or an application in the background,
        /// whether the platform says so or not, or a breakpoint.
        /// </summary>
        private const int StandstillMs = 5000;

        private readonly Redial _redial;
        private Moment _lastTurn;
        private LobbyStream[] _streams = new LobbyStream[0];
        private Task<string> _token;
        private volatile Link _link;
        private Watchdog _watchdog;
        private bool _isGreeted;
        private long _greetedAtMs;
        private long _idleSinceMs;
        private int _refusals;

        void ITurn.Turn()
        {
            if (_isDisposed) return;
            long nowMs = _nowMs();
            if (nowMs - _lastTurn.AtMs > StandstillMs) Resume(nowMs);
            _lastTurn = new Moment(nowMs);
            Clear(nowMs);
            if (_link != null) TurnLinked(nowMs);
            else if (_token != null) TurnWaitingForToken(nowMs);
            else if (_streams.Length > 0 && _redial.IsDue(nowMs)) AskForToken(nowMs);
        }

        /// <summary>What was open may be gone by now: whether it is shows at once.</summary>
        private void Resume(long nowMs)
        {
            var now = new Moment(nowMs);
            _clock.Slept(now.SleptSince(_lastTurn));
            _lastTurn = now;
            _redial.AtOnce();
            if (IsOpen) _watchdog.Probe(_link.Ping(), nowMs);
        }

        private void Clear(long nowMs)
        {
            foreach (LobbyStream stream in _streams)
            {
                if (stream.IsOver) Clear(stream);
            }
            if (_streams.Length > 0) _idleSinceMs = nowMs;
        }

        /// <summary>Takes out a stream that is over.</summary>
        private void Clear(LobbyStream stream)
        {
            if (stream.OperationId != null && _link != null) _link.Unsubscribe(stream.OperationId);
            stream.Cut();
            // By itself: in the loop above, what this hands over to FindAll would be made anew in each turn.
            _streams = Array.FindAll(_streams, each => each != stream);
        }

        private void AskForToken(long nowMs)
        {
            try
            {
                _token = _tokens.GetAsync(_over.Token);
            }
            catch (Exception error)
            {
                // The game's own code, which may throw ahead of its first await.
                NoToken(error.Message, nowMs);
            }
        }

        private void TurnWaitingForToken(long nowMs)
        {
            if (!_token.IsCompleted) return;
            Task<string> asked = _token;
            _token = null;
            string token;
            // Seen to, or the runtime would report it as overlooked.
            if (asked.Exception != null) NoToken(asked.Exception.GetBaseException().Message, nowMs);
            else if (asked.IsCanceled) NoToken("cancelled", nowMs);
            else if ((token = asked.GetAwaiter().GetResult()) != null) Open(token, nowMs);
            else FinishAll(StreamEndReason.Unauthenticated, "Nobody is signed in.");
        }

        /// <summary>Whatever it was may pass.</summary>
        private void NoToken(string why, long nowMs)
        {
            _redial.Failed(nowMs);
            Tell("No token could be had: " + why);
        }

        private void Open(string token, long nowMs)
        {
            _isGreeted = false;
            _redial.Begun();
            _watchdog = new Watchdog(nowMs);
            try
            {
                var link = new Link(_newSocket(), token, _loop.Wake, _nowMs);
                _link = link;
                link.Open(_address);
                // From another thread, meanwhile: it found no link to let go of.
                if (_isDisposed) link.Dispose();
            }
            catch (Exception error)
            {
                // A socket of the game's own.
                Lose("No socket could be opened: " + error.Message, nowMs);
            }
        }

        private void TurnLinked(long nowMs)
        {
            Link link = _link;
            ReadMessages(link, nowMs);
            foreach (LobbyStream stream in _streams) stream.Summarise();
            if (_link != link || _isDisposed) return;
            if (_watchdog.IsLost(link.HeardAtMs, link.Pongs, _isGreeted, nowMs)) Lose("The server is silent.", nowMs);
            else if (_redial.IsReturnDue(nowMs)) Lose("The server goes down.", nowMs);
            else if (_streams.Length == 0 && nowMs - _idleSinceMs > IdleMs) Close();
            else if (_isGreeted) TurnGreeted(link, nowMs);
        }

        private void TurnGreeted(Link link, long nowMs)
        {
            if (_watchdog.AsksForFrame(link.HeardAtMs, nowMs)) link.Ping();
            if (nowMs - _greetedAtMs > ThrivingMs) Thrives();
            foreach (LobbyStream stream in _streams)
            {
                if (_link != link) return;
                if (stream.IsOver) continue;
                if (stream.OperationId != null) stream.Look(nowMs);
                else if (nowMs >= stream.DueAtMs) stream.Begin(link, nowMs);
            }
        }

        /// <summary>The link is no longer one.</summary>
        private void Lose(string why, long nowMs)
        {
            Close();
            _redial.Failed(nowMs);
            Tell(why);
            foreach (LobbyStream stream in _streams) stream.Cut();
        }

        private void Close()
        {
            Link link = _link;
            _link = null;
            if (link != null) link.Dispose();
        }

        private void Thrives()
        {
            _redial.Thrives();
            _refusals = 0;
        }

        private void FinishAll(StreamEndReason reason, string message)
        {
            _refusals = 0;
            foreach (LobbyStream stream in _streams) stream.Finish(reason, message);
        }
    }
}
