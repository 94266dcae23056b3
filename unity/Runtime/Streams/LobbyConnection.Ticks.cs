#nullable enable
using System;
using System.Threading.Tasks;

namespace AdventureBotLobby
{
    // The work of one tick. The connection is idle, or waits for the time to reconnect or for a token, or has a socket.
    // Nothing here blocks.
    public sealed partial class LobbyConnection
    {
        /// <summary>A socket that stays open for this time after connection_ack is healthy, even without messages.</summary>
        private const int HealthyMs = 5000;

        /// <summary>
        /// A tick comes with each frame. Without one for this time the game stood still: it was in the background, whether
        /// the platform reports that or not, or at a breakpoint.
        /// </summary>
        private const int StandstillMs = 5000;

        private readonly ReconnectPolicy _reconnectPolicy;
        private Timestamp _lastTick;
        private LobbyStream[] _streams = new LobbyStream[0];
        private Task<string?>? _token;
        private volatile GraphQLSocket? _socket;
        private Watchdog _watchdog = new Watchdog(0);
        private bool _isGreeted;
        private long _greetedAtMs;
        private long _idleSinceMs;
        private int _refusals;
        private int _playerChangesSeen;
        private string? _subject;

        void ILobbyTickable.Tick()
        {
            if (_isDisposed) return;
            long nowMs = _nowMs();
            if (PlayerChanges != _playerChangesSeen) LeavePlayer();
            if (nowMs - _lastTick.AtMs > StandstillMs) Resume(nowMs);
            _lastTick = new Timestamp(nowMs);
            Clear(nowMs);
            // Also before the first connection: a game can draw the party that it has.
            if (_socket == null) foreach (LobbyStream stream in _streams) stream.RaiseChanged();
            if (_isDisposed) return;
            if (_socket != null) TickConnected(nowMs);
            else if (_token != null) TickWaitingForToken(nowMs);
            else if (_streams.Length > 0 && _reconnectPolicy.IsDue(nowMs)) RequestToken(nowMs);
        }

        /// <summary>Continues after a standstill. The socket may be lost by now, so a ping checks it at once.</summary>
        private void Resume(long nowMs)
        {
            var now = new Timestamp(nowMs);
            _clock.Slept(now.SleptSince(_lastTick));
            _lastTick = now;
            _reconnectPolicy.RetryNow();
            if (IsOpen) _watchdog.Probe(_socket!.Ping(), nowMs);
        }

        /// <summary>Another player is signed in, or nobody: the streams of the earlier player end, and its socket closes.</summary>
        private void LeavePlayer()
        {
            _playerChangesSeen = PlayerChanges;
            _token = null;
            _refusals = 0;
            Close();
            foreach (LobbyStream stream in _streams)
            {
                if (stream.PlayerChanges == _playerChangesSeen) stream.LeaveSocket();
                else stream.Finish(StreamEndReason.SignedOut, "The player has signed out, or another player has signed in.");
            }
            _reconnectPolicy.RetryNow();
        }

        private void Clear(long nowMs)
        {
            foreach (LobbyStream stream in _streams)
            {
                if (stream.IsOver) Clear(stream);
            }
            if (_streams.Length > 0) _idleSinceMs = nowMs;
        }

        /// <summary>Removes a stream that is over.</summary>
        private void Clear(LobbyStream stream)
        {
            if (stream.OperationId != null && _socket != null) _socket.Unsubscribe(stream.OperationId);
            stream.LeaveSocket();
            // A method of its own: inside the loop above, the lambda would be allocated in each tick.
            _streams = Array.FindAll(_streams, each => each != stream);
        }

        private void RequestToken(long nowMs)
        {
            try
            {
                _token = _tokens.GetAsync(_over.Token);
            }
            catch (Exception error)
            {
                // A token provider of the game may throw before its first await.
                HandleTokenFailure(error.Message, nowMs);
            }
        }

        private void TickWaitingForToken(long nowMs)
        {
            if (!_token!.IsCompleted) return;
            Task<string?> asked = _token!;
            _token = null;
            string? token;
            // Read the exception, or the runtime reports it as unobserved.
            if (asked.Exception != null) HandleTokenFailure(asked.Exception.GetBaseException().Message, nowMs);
            else if (asked.IsCanceled) HandleTokenFailure("cancelled", nowMs);
            else if ((token = asked.GetAwaiter().GetResult()) != null) Open(token, nowMs);
            else FinishAll(StreamEndReason.Unauthenticated, "Nobody is signed in.");
        }

        /// <summary>Retries later: the failure may be temporary.</summary>
        private void HandleTokenFailure(string why, long nowMs)
        {
            _reconnectPolicy.Failed(nowMs);
            ReportTrouble("Getting an access token failed, retrying: " + why);
        }

        private void Open(string token, long nowMs)
        {
            _isGreeted = false;
            _subject = TokenSubject.Of(token);
            _reconnectPolicy.ClearReturn();
            _watchdog = new Watchdog(nowMs);
            try
            {
                var socket = new GraphQLSocket(_newSocket(), token, _loop.Wake, _nowMs);
                _socket = socket;
                socket.Open(_address);
                // Another thread may have called Dispose before _socket was set.
                if (_isDisposed) socket.Dispose();
            }
            catch (Exception error)
            {
                // A socket of the game may throw.
                Disconnect("Opening a socket failed, retrying: " + error.Message, nowMs);
            }
        }

        private void TickConnected(long nowMs)
        {
            GraphQLSocket socket = _socket!;
            ReadMessages(socket, nowMs);
            // The next tick ends the streams of the earlier player.
            if (PlayerChanges != _playerChangesSeen) return;
            foreach (LobbyStream stream in _streams) stream.RaiseChanged();
            if (_socket != socket || _isDisposed) return;
            if (_watchdog.IsLost(socket.LastFrameAtMs, socket.Pongs, _isGreeted, nowMs))
            {
                Disconnect("The server sent nothing for too long, reconnecting.", nowMs);
            }
            else if (_reconnectPolicy.IsReturnDue(nowMs)) Disconnect("The server shuts down, reconnecting.", nowMs);
            else if (_streams.Length == 0 && nowMs - _idleSinceMs > IdleMs) Close();
            else if (_isGreeted) TickGreeted(socket, nowMs);
        }

        private void TickGreeted(GraphQLSocket socket, long nowMs)
        {
            if (_watchdog.ShouldPing(socket.LastFrameAtMs, nowMs)) socket.Ping();
            if (nowMs - _greetedAtMs > HealthyMs) MarkHealthy();
            foreach (LobbyStream stream in _streams)
            {
                if (_socket != socket) return;
                if (stream.IsOver) continue;
                if (stream.OperationId == null && nowMs >= stream.DueAtMs) Begin(socket, stream, nowMs);
                else if (stream.OperationId != null) stream.CheckTimeouts(nowMs);
                if (stream.OperationId != null) stream.Confirm(socket, nowMs);
            }
        }

        private void Begin(GraphQLSocket socket, LobbyStream stream, long nowMs)
        {
            bool isOfAnother = stream.Subject != null && _subject != null && stream.Subject != _subject;
            stream.Subject = stream.Subject ?? _subject;
            if (isOfAnother) stream.Finish(StreamEndReason.SignedOut, "The token is now that of another player.");
            else stream.Begin(socket, nowMs);
        }

        /// <summary>Closes the socket and schedules the next attempt.</summary>
        private void Disconnect(string why, long nowMs)
        {
            Close();
            _reconnectPolicy.Failed(nowMs);
            ReportTrouble(why);
            foreach (LobbyStream stream in _streams) stream.LeaveSocket();
        }

        private void Close()
        {
            GraphQLSocket socket = _socket!;
            _socket = null;
            if (socket != null) socket.Dispose();
        }

        private void MarkHealthy()
        {
            _reconnectPolicy.MarkHealthy();
            _refusals = 0;
        }

        private void FinishAll(StreamEndReason reason, string message)
        {
            _refusals = 0;
            foreach (LobbyStream stream in _streams) stream.Finish(reason, message);
        }
    }
}
