#nullable enable
using System;
using System.Collections.Generic;
using System.Threading;

namespace AdventureBotLobby
{
    /// <summary>
    /// One socket with the protocol graphql-transport-ws. It parses messages on the socket's own thread and queues them for
    /// the loop's next tick.
    /// </summary>
    internal sealed class GraphQLSocket : ISocketListener
    {
        /// <summary>
        /// The maximum length of the queue. A game that stands still for longer loses the connection, and resumes from its
        /// cursor.
        /// </summary>
        public const int WaitingMax = 512;

        private readonly ISocket _socket;
        private readonly string _token;
        private readonly Action _wake;
        private readonly Func<long> _nowMs;
        private readonly object _gate = new object();
        private readonly Queue<SocketMessage> _waiting = new Queue<SocketMessage>();
        private readonly Dictionary<string, Func<LobbyJsonReader, object?>> _readers;
        private readonly Func<string, Func<LobbyJsonReader, object?>?> _readerOf;
        private long _lastFrameAtMs;
        private int _announcedCode;
        private int _pings;
        private int _pongs;
        private int _lastId;
        private bool _isOver;

        public GraphQLSocket(ISocket socket, string token, Action wake, Func<long> nowMs)
        {
            _socket = socket;
            _token = token;
            _wake = wake;
            _nowMs = nowMs;
            _lastFrameAtMs = nowMs();
            _readers = new Dictionary<string, Func<LobbyJsonReader, object?>>();
            _readerOf = ReaderOf;
        }

        /// <summary>The token that the connection was opened with.</summary>
        public string Token
        {
            get { return _token; }
        }

        /// <summary>When the last frame arrived, by the monotonic clock.</summary>
        public long LastFrameAtMs
        {
            get { return Interlocked.Read(ref _lastFrameAtMs); }
        }

        /// <summary>The number of pings that the server has answered.</summary>
        public int Pongs
        {
            get { return Volatile.Read(ref _pongs); }
        }

        public void Open(Uri address)
        {
            _socket.Open(address, ClientMessages.Subprotocol, this);
        }

        /// <summary>The next message of the queue; null if it is empty.</summary>
        public SocketMessage? Next()
        {
            lock (_gate) return _waiting.Count > 0 ? _waiting.Dequeue() : null;
        }

        /// <summary>Starts an operation and returns its id. Its frames are parsed on the socket's thread.</summary>
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

        /// <summary>Removes an operation that the server has ended.</summary>
        public void Forget(string id)
        {
            lock (_gate) _readers.Remove(id);
        }

        /// <summary>Sends a ping. Returns the number of pings sent, including this one.</summary>
        public int Ping()
        {
            _socket.Send(ClientMessages.Ping);
            return ++_pings;
        }

        /// <summary>Closes the socket without waiting. No message arrives afterwards.</summary>
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
            RecordFrame();
            // At once, not in the next tick: the server waits 5 s, and a scene may take longer to load.
            _socket.Send(ClientMessages.Init(_token));
        }

        void ISocketListener.Received(string text)
        {
            long nowMs = RecordFrame();
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
            // Some sockets hide the codes of protocols, and report another code instead.
            bool isHidden = code < SocketCodes.FirstOfProtocols;
            End(isHidden && _announcedCode != 0 ? _announcedCode : code, reason);
        }

        private long RecordFrame()
        {
            long nowMs = _nowMs();
            Interlocked.Exchange(ref _lastFrameAtMs, nowMs);
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
            else if (!TryPut(message)) End(SocketCodes.Lost, "The queue of messages is full: the game stood still for too long.");
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

        /// <summary>Queues the end after the waiting messages, which are still handled.</summary>
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

        private Func<LobbyJsonReader, object?>? ReaderOf(string id)
        {
            lock (_gate)
            {
                Func<LobbyJsonReader, object?>? read;
                return _readers.TryGetValue(id, out read) ? read : null;
            }
        }
    }

    /// <summary>The messages of graphql-transport-ws that a client sends.</summary>
    internal static class ClientMessages
    {
        public const string Subprotocol = "graphql-transport-ws";
        public const string Ping = "{\"type\":\"ping\"}";
        public const string Pong = "{\"type\":\"pong\"}";

        public static string Init(string token)
        {
            var writer = new LobbyJsonWriter();
            writer.BeginObject().Name("type").Value("connection_init").Name("payload").BeginObject();
            if (!string.IsNullOrEmpty(token)) writer.Name("authorization").Value("Bearer " + token);
            return writer.EndObject().EndObject().ToString();
        }

        /// <summary>Sends the document's text, once for each connection, so that any server version understands it.</summary>
        public static string Subscribe<T>(string id, LobbyOperation<T> operation)
        {
            var writer = new LobbyJsonWriter();
            writer.BeginObject().Name("type").Value("subscribe").Name("id").Value(id).Name("payload");
            operation.Document.WriteRequest(writer, true, variables => operation.WriteVariables(variables, null));
            return writer.EndObject().ToString();
        }

        public static string Complete(string id)
        {
            return new LobbyJsonWriter().BeginObject().Name("type").Value("complete").Name("id").Value(id).EndObject().ToString();
        }
    }
}
