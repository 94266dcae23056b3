#nullable enable
using System;

namespace AdventureBotLobby
{
    /// <summary>
    /// A subscription over a <see cref="LobbyConnection"/>. It survives network failures, until it ends or is disposed of. All
    /// events are raised on the connection's loop, which in Unity is the main thread.
    /// </summary>
    public abstract class LobbyStream : ILobbyStream
    {
        /// <summary>
        /// A quiet party sends nothing after a subscription. After this time without a frame or an error the client sends a
        /// ping, and its pong counts as the server's answer.
        /// </summary>
        internal const int ConfirmMs = 250;

        private readonly LobbyBackoff _backoff;
        private long _beganAtMs;
        private int? _pongsDue;
        private int _unreadable;
        private volatile bool _isDisposed;
        private StreamEnd? _end;
        private StreamState _state = StreamState.Connecting;

        internal LobbyStream(LobbyConnection connection)
        {
            Connection = connection;
            PlayerChanges = connection.PlayerChanges;
            _backoff = connection.NewBackoff();
        }

        /// <summary>The stream has a new state.</summary>
        public event Action<StreamState>? StateChanged;

        /// <summary>The connection that it runs over.</summary>
        public LobbyConnection Connection { get; private set; }

        /// <summary>Whether events arrive now.</summary>
        public StreamState State
        {
            get { return _isDisposed ? StreamState.Ended : _state; }
        }

        /// <summary>Why the stream ended; null before its end.</summary>
        public StreamEnd? End
        {
            get { return _end ?? (_isDisposed ? StreamEnd.ByTheGame : null); }
        }

        /// <summary>The id of its operation on the connection's socket; null without an operation.</summary>
        internal string? OperationId { get; private set; }

        /// <summary>The earliest time of the next subscription, by the monotonic clock.</summary>
        internal long DueAtMs { get; private set; }

        /// <summary>The connection's count of changes of the player when the stream began: a stream belongs to one player.</summary>
        internal int PlayerChanges { get; private set; }

        /// <summary>The subject of the token that it subscribed with first; null before, and for tokens without a subject.</summary>
        internal string? Subject { get; set; }

        internal bool IsOver
        {
            get { return End != null; }
        }

        /// <summary>Ends the stream, from any thread, without waiting. No event is raised afterwards.</summary>
        public void Dispose()
        {
            if (IsOver) return;
            _isDisposed = true;
            Connection.Wake();
        }

        /// <summary>Starts its operation from its cursor. Returns the operation's id.</summary>
        internal abstract string Subscribe(GraphQLSocket socket);

        /// <summary>Handles a frame that the operation's reader has read. Called in a tick.</summary>
        internal abstract void Take(object frame, SocketMessage message);

        /// <summary>Forgets its cursor, so that it subscribes from a snapshot.</summary>
        internal virtual void StartOver()
        {
        }

        /// <summary>Called in each tick, after its messages.</summary>
        internal virtual void RaiseChanged()
        {
        }

        /// <summary>Called in each tick while the stream is live.</summary>
        internal virtual void CheckTimeouts(long nowMs)
        {
        }

        internal virtual void Begin(GraphQLSocket socket, long nowMs)
        {
            try
            {
                OperationId = Subscribe(socket);
                _beganAtMs = nowMs;
                _pongsDue = null;
            }
            catch (ArgumentException error)
            {
                // The filter has a value that cannot be sent, such as Unknown.
                Finish(StreamEndReason.Refused, error.Message);
            }
        }

        /// <summary>The server sent a valid frame: the stream is live, and the next failure counts as the first one.</summary>
        internal void MarkHealthy()
        {
            _backoff.Reset();
            _unreadable = 0;
            if (!IsOver) Enter(StreamState.Live);
        }

        /// <summary>
        /// Called in each tick after the subscription. Without a frame, the stream is live once the server has answered a ping
        /// that came after the subscription, and has sent no error until then.
        /// </summary>
        internal void Confirm(GraphQLSocket socket, long nowMs)
        {
            if (_state == StreamState.Live) return;
            if (_pongsDue == null && nowMs - _beganAtMs >= ConfirmMs) _pongsDue = socket.Ping();
            else if (_pongsDue != null && socket.Pongs >= _pongsDue) Enter(StreamState.Live);
        }

        /// <summary>
        /// A frame could not be read. The same frame would come again: the second time the stream asks for a snapshot in place
        /// of it, and if that cannot be read either, it ends.
        /// </summary>
        internal void HandleUnreadable(string why, long nowMs)
        {
            _unreadable++;
            if (_unreadable > 2)
            {
                Finish(StreamEndReason.Unreadable, "The package is too old for this server: " + why);
                return;
            }
            if (_unreadable == 2) StartOver();
            Pause(nowMs);
        }

        /// <summary>The socket is lost, or the operation is over.</summary>
        internal void LeaveSocket()
        {
            OperationId = null;
            DueAtMs = 0;
            if (_state == StreamState.Live) Enter(StreamState.Reconnecting);
        }

        /// <summary>The operation ended, but not the stream: it subscribes again after a pause.</summary>
        internal void Pause(long nowMs)
        {
            LeaveSocket();
            DueAtMs = nowMs + (long)_backoff.Next().TotalMilliseconds;
        }

        internal void Finish(StreamEndReason reason, string message)
        {
            if (IsOver) return;
            OperationId = null;
            _end = new StreamEnd(reason, message);
            Enter(StreamState.Ended);
        }

        /// <summary>Raises an event, unless the game has disposed of the stream.</summary>
        internal void Raise<T>(Action<T>? handlers, T value)
        {
            if (!_isDisposed) Connection.Events.Raise(handlers, value);
        }

        private void Enter(StreamState state)
        {
            if (_state == state) return;
            _state = state;
            Raise(StateChanged, state);
        }
    }

    /// <summary>The state of a stream.</summary>
    public enum StreamState
    {
        /// <summary>The stream is connecting for the first time: the server has not answered yet.</summary>
        Connecting,

        /// <summary>Events arrive as they happen.</summary>
        Live,

        /// <summary>The connection was lost, and the client reconnects. Missed events follow afterwards.</summary>
        Reconnecting,

        /// <summary>The stream has ended for good. <see cref="LobbyStream.End"/> has the reason.</summary>
        Ended
    }

    /// <summary>Why a stream ended. Temporary failures never end a stream.</summary>
    public enum StreamEndReason
    {
        /// <summary>The player is no longer in the party. <see cref="PartyStream.Removed"/> was raised with the details.</summary>
        Removed,

        /// <summary>The party or session does not exist, or the player may not watch it.</summary>
        NotFound,

        /// <summary>The server rejected the player's token, and also a refreshed one.</summary>
        Unauthenticated,

        /// <summary>The server rejected the request, and would reject it again. The message names the error.</summary>
        Refused,

        /// <summary>The game disposed of the stream.</summary>
        Disposed,

        /// <summary>The player signed out, or another player signed in.</summary>
        SignedOut,

        /// <summary>The client cannot read what the server sends, not even a snapshot: the package is too old.</summary>
        Unreadable
    }

    /// <summary>The end of a stream.</summary>
    public sealed class StreamEnd
    {
        internal static readonly StreamEnd ByTheGame = new StreamEnd(StreamEndReason.Disposed, "The game disposed of it.");

        internal StreamEnd(StreamEndReason reason, string message)
        {
            Reason = reason;
            Message = message;
        }

        /// <summary>The reason, for programs.</summary>
        public StreamEndReason Reason { get; private set; }

        /// <summary>A text for people. Do not compare it: it may change.</summary>
        public string Message { get; private set; }
    }

    /// <summary>Raises events. An exception of one handler affects neither the other handlers nor the stream.</summary>
    internal sealed class EventRaiser
    {
        private readonly Action<Exception> _onFailed;

        public EventRaiser(Action<Exception> onFailed)
        {
            _onFailed = onFailed;
        }

        public void Raise<T>(Action<T>? handlers, T value)
        {
            if (handlers == null) return;
            foreach (Delegate each in handlers.GetInvocationList())
            {
                try
                {
                    ((Action<T>)each)(value);
                }
                catch (Exception error)
                {
                    _onFailed(error);
                }
            }
        }
    }
}
