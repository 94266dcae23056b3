using System;

namespace AdventureBot2.Lobby
{
    /// <summary>
    /// A subscription over a <see cref="LobbyConnection"/>. It survives network failures, until it ends or is disposed of. All
    /// events are raised on the connection's loop, which in Unity is the main thread.
    /// </summary>
    public abstract class LobbyStream : IDisposable
    {
        private readonly Backoff _backoff;
        private volatile bool _isDisposed;
        private StreamEnd _end;
        private StreamState _state = StreamState.Connecting;

        internal LobbyStream(LobbyConnection connection)
        {
            Connection = connection;
            _backoff = connection.NewBackoff();
        }

        /// <summary>The stream has a new state.</summary>
        public event Action<StreamState> StateChanged;

        public LobbyConnection Connection { get; private set; }

        public StreamState State
        {
            get { return _isDisposed ? StreamState.Ended : _state; }
        }

        /// <summary>Why the stream ended; null before its end.</summary>
        public StreamEnd End
        {
            get { return _end ?? (_isDisposed ? StreamEnd.ByTheGame : null); }
        }

        /// <summary>The id of its operation on the connection's socket; null without an operation.</summary>
        internal string OperationId { get; private set; }

        /// <summary>The earliest time of the next subscription, by the monotonic clock.</summary>
        internal long DueAtMs { get; private set; }

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
                Enter(StreamState.Live);
            }
            catch (ArgumentException error)
            {
                // The filter has a value that cannot be sent, such as Unknown.
                Finish(StreamEndReason.Refused, error.Message);
            }
        }

        /// <summary>The server sent a valid frame: the next failure counts as the first one.</summary>
        internal void MarkHealthy()
        {
            _backoff.Reset();
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
        internal void Raise<T>(Action<T> handlers, T value)
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
        /// <summary>The stream is connecting for the first time.</summary>
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

        /// <summary>The server rejected the request as invalid. The message names the error.</summary>
        Refused,

        /// <summary>The game disposed of the stream.</summary>
        Disposed
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

        public void Raise<T>(Action<T> handlers, T value)
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
