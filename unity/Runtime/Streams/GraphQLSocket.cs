using System;
using System.Collections.Generic;
using System.Threading;

namespace AdventureBot2.Lobby
{
    /// <summary>
    /// One socket, from its opening to its end. What comes in is read on the socket's own thread and waits for the
    /// loop's next turn.
    /// </summary>
    internal sealed class Link : ISocketListener
    {
        /// <summary>
        /// Messages that may wait for a turn. A game that stands still for longer than that loses the connection, and
        /// resumes from its cursor.
        /// </summary>
        public const int WaitingMax = 512;

        private readonly ISocket _socket;
        private readonly string _token;
        private readonly Action _wake;
        private readonly Func<long> _nowMs;
        private readonly object _gate = new object();
        private readonly Queue<SocketMessage> _waiting = new Queue<SocketMessage>();
        private readonly Dictionary<string, Func<JsonReader, object>> _readers;
        private readonly Func<string, Func<JsonReader, object>> _readerOf;
        private long _heardAtMs;
        private int _announcedCode;
        private int _pings;
        private int _pongs;
        private int _lastId;
        private bool _isOver;

        public Link(ISocket socket, string token, Action wake, Func<long> nowMs)
        {
            _socket = socket;
            _token = token;
            _wake = wake;
            _nowMs = nowMs;
            _heardAtMs = nowMs();
            _readers = new Dictionary<string, Func<JsonReader, object>>();
            _readerOf = ReaderOf;
        }

        /// <summary>The token that the connection was opened with.</summary>
        public string Token
        {
            get { return _token; }
        }

        /// <summary>When the last frame came, by the monotonic clock.</summary>
        public long HeardAtMs
        {
            get { return Interlocked.Read(ref _heardAtMs); }
        }

        /// <summary>How many pings were answered.</summary>
        public int Pongs
        {
            get { return Volatile.Read(ref _pongs); }
        }

        public void Open(Uri address)
        {
            _socket.Open(address, ClientMessages.Subprotocol, this);
        }

        /// <summary>The next message in its order; null when none waits.</summary>
        public SocketMessage Next()
        {
            lock (_gate) return _waiting.Count > 0 ? _waiting.Dequeue() : null;
        }

        /// <summary>Begins an operation; its id. Its frames are read on the socket's thread.</summary>
        public string Subscribe<T>(LobbyOperation<T> operation)
        {
            string id = (++_lastId).ToString();
            string message = ClientMessages.Subscribe(id, operation);
            lock (_gate) _readers[id] = reader => operation.Read(reader);
            _socket.Send(message);
            return id;
        }

        public void Unsubscribe(string id)
        {
            Forget(id);
            _socket.Send(ClientMessages.Complete(id));
        }

        /// <summary>The server has ended an operation.</summary>
        public void Forget(string id)
        {
            lock (_gate) _readers.Remove(id);
        }

        /// <summary>How many pings were sent, this one among them.</summary>
        public int Ping()
        {
            _socket.Send(ClientMessages.Ping);
            return ++_pings;
        }

        /// <summary>Lets go of the socket, without waiting for anything. Nothing more comes in.</summary>
        public void Dispose()
        {
            lock (_gate)
            {
                _isOver = true;
                _waiting.Clear();
            }
            _socket.Dispose();
        }

        void ISocketListener.Opened()
        {
            Heard();
            // At once, and not in the next turn: the server waits 5 s, and a scene may take longer to load.
            _socket.Send(ClientMessages.Init(_token));
        }

        void ISocketListener.Received(string text)
        {
            long nowMs = Heard();
            try
            {
                Take(SocketMessage.Read(text, _readerOf, nowMs));
            }
            catch (MalformedJsonException error)
            {
                End(SocketCodes.Lost, error.Message);
            }
        }

        void ISocketListener.Closed(int code, string reason)
        {
            // Some sockets hide the codes that are a protocol's own, and tell another instead.
            bool isHidden = code < SocketCodes.FirstOfProtocols;
            End(isHidden && _announcedCode != 0 ? _announcedCode : code, reason);
        }

        private long Heard()
        {
            long nowMs = _nowMs();
            Interlocked.Exchange(ref _heardAtMs, nowMs);
            return nowMs;
        }

        private void Take(SocketMessage message)
        {
            if (message.Kind == SocketMessageKind.Ping)
            {
                if (message.Code != 0) _announcedCode = message.Code;
                _socket.Send(ClientMessages.Pong);
            }
            else if (message.Kind == SocketMessageKind.Pong) Interlocked.Increment(ref _pongs);
            else if (!TryPut(message)) End(SocketCodes.Lost, "More messages came than the game took.");
        }

        private bool TryPut(SocketMessage message)
        {
            lock (_gate)
            {
                if (_isOver) return true;
                if (_waiting.Count == WaitingMax) return false;
                _waiting.Enqueue(message);
            }
            _wake();
            return true;
        }

        /// <summary>Puts the end behind what waits: that still counts.</summary>
        private void End(int code, string reason)
        {
            lock (_gate)
            {
                if (_isOver) return;
                _isOver = true;
                _waiting.Enqueue(SocketMessage.Closed(code, reason, _nowMs()));
            }
            _wake();
            _socket.Dispose();
        }

        private Func<JsonReader, object> ReaderOf(string id)
        {
            lock (_gate)
            {
                Func<JsonReader, object> read;
                return _readers.TryGetValue(id, out read) ? read : null;
            }
        }
    }
}
