using System;

namespace AdventureBot2.Lobby
{
    /// <summary>
    /// Something that is watched over a <see cref="LobbyConnection"/>, through whatever happens to the network, until it
    /// ends or is disposed of. All events are raised on the connection's loop, which in Unity is the main thread.
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

        /// <summary>The stream goes live, is lost, comes back, or ends.</summary>
        public event Action<StreamState> StateChanged;

        public LobbyConnection Connection { get; private set; }

        public StreamState State
        {
            get { return _isDisposed ? StreamState.Ended : _state; }
        }

        /// <summary>Why it ended; null as long as it has not.</summary>
        public StreamEnd End
        {
            get { return _end ?? (_isDisposed ? StreamEnd.ByTheGame : null); }
        }

        /// <summary>The id of its operation on the connection's link; null while there is none.</summary>
        internal string OperationId { get; private set; }

        /// <summary>When it may be begun, by the monotonic clock.</summary>
        internal long DueAtMs { get; private set; }

        internal bool IsOver
        {
            get { return End != null; }
        }

        /// <summary>Ends it, from any thread, without waiting for anything. No event is raised any more.</summary>
        public void Dispose()
        {
            if (IsOver) return;
            _isDisposed = true;
            Connection.Wake();
        }

        /// <summary>Begins its operation, from where it stands; the operation's id.</summary>
        internal abstract string Subscribe(Link link);

        /// <summary>Takes what the operation's own reader made, in a turn.</summary>
        internal abstract void Take(object frame, SocketMessage message);

        /// <summary>In each turn, when the messages that waited for it are taken.</summary>
        internal virtual void Summarise()
        {
        }

        /// <summary>In each turn while live.</summary>
        internal virtual void Look(long nowMs)
        {
        }

        internal virtual void Begin(Link link, long nowMs)
        {
            try
            {
                OperationId = Subscribe(link);
                Enter(StreamState.Live);
            }
            catch (ArgumentException error)
            {
                // A filter with a value that is not to be sent.
                Finish(StreamEndReason.Refused, error.Message);
            }
        }

        /// <summary>What was sent is what was wanted: the next failure is the first again.</summary>
        internal void Thrives()
        {
            _backoff.Reset();
        }

        /// <summary>The link is gone.</summary>
        internal void Cut()
        {
            OperationId = null;
            DueAtMs = 0;
            if (_state == StreamState.Live) Enter(StreamState.Reconnecting);
        }

        /// <summary>The operation is over, though the stream is not: it is begun again after a pause.</summary>
        internal void Pause(long nowMs)
        {
            Cut();
            DueAtMs = nowMs + (long)_backoff.Next().TotalMilliseconds;
        }

        internal void Finish(StreamEndReason reason, string message)
        {
            if (IsOver) return;
            OperationId = null;
            _end = new StreamEnd(reason, message);
            Enter(StreamState.Ended);
        }

        /// <summary>Raises one of the events, unless the game has disposed of the stream.</summary>
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
}
