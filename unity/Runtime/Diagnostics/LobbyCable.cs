#nullable enable
#if UNITY_EDITOR
using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBotLobby
{
    /// <summary>
    /// The cable between the game and the server, which the editor's window can pull. All requests and sockets of the editor run
    /// through it.
    /// </summary>
    internal static class LobbyCable
    {
        private const string NoAnswer = "The network is cut in the lobby window.";

        private static readonly object _gate = new object();
        private static readonly List<CableSocket> _sockets = new List<CableSocket>();
        private static volatile bool _isCut;

        public static bool IsCut
        {
            get { return _isCut; }
            set
            {
                _isCut = value;
                if (value) foreach (CableSocket each in Sockets()) each.Silence();
                else CloseSockets(true);
            }
        }

        public static ISocket Through(ISocket socket)
        {
            return new CableSocket(socket);
        }

        public static ILobbyHttp Through(ILobbyHttp http)
        {
            return new CableHttp(http);
        }

        /// <summary>Closes the sockets, as if the connection was lost. <paramref name="isSilentOnly"/>: only those that lost frames.</summary>
        public static void CloseSockets(bool isSilentOnly = false)
        {
            foreach (CableSocket each in Sockets()) each.Lose(isSilentOnly);
        }

        private static CableSocket[] Sockets()
        {
            lock (_gate) return _sockets.ToArray();
        }

        private sealed class CableHttp : ILobbyHttp
        {
            private readonly ILobbyHttp _http;

            public CableHttp(ILobbyHttp http)
            {
                _http = http;
            }

            public async Task<LobbyHttpAnswer> PostAsync(LobbyHttpRequest request, CancellationToken cancellation)
            {
                if (_isCut) throw new LostAnswerException(NoAnswer);
                LobbyHttpAnswer answer = await _http.PostAsync(request, cancellation);
                // The server has done it, and the answer is lost: the case that idempotency keys are for.
                if (_isCut) throw new LostAnswerException(NoAnswer);
                return answer;
            }
        }

        private sealed class CableSocket : ISocket, ISocketListener
        {
            private readonly ISocket _socket;
            private ISocketListener _listener = null!; // set by Open
            private volatile bool _hasLostFrames;
            private int _isOver;

            public CableSocket(ISocket socket)
            {
                _socket = socket;
            }

            public void Open(Uri address, string subprotocol, ISocketListener listener)
            {
                _listener = listener;
                lock (_gate) _sockets.Add(this);
                if (_isCut) Lose(false);
                else _socket.Open(address, subprotocol, this);
            }

            public void Send(string text)
            {
                if (_isCut) _hasLostFrames = true;
                else _socket.Send(text);
            }

            public void Dispose()
            {
                Finish();
                _socket.Dispose();
            }

            public void Opened()
            {
                if (_isCut) _hasLostFrames = true;
                else if (Volatile.Read(ref _isOver) == 0) _listener.Opened();
            }

            public void Received(string text)
            {
                if (_isCut) _hasLostFrames = true;
                else if (Volatile.Read(ref _isOver) == 0) _listener.Received(text);
            }

            public void Closed(int code, string reason)
            {
                // Nobody hears of it while the cable is out.
                if (_isCut) _hasLostFrames = true;
                else if (Finish()) _listener.Closed(code, reason);
            }

            /// <summary>The game hears nothing any more. The server sees the end: a silent socket would go on answering its pings.</summary>
            public void Silence()
            {
                _hasLostFrames = true;
                _socket.Dispose();
            }

            public void Lose(bool isSilentOnly)
            {
                if ((isSilentOnly && !_hasLostFrames) || !Finish()) return;
                _socket.Dispose();
                _listener.Closed(SocketCodes.Lost, "The lobby window has cut the socket.");
            }

            /// <summary>True once.</summary>
            private bool Finish()
            {
                lock (_gate) _sockets.Remove(this);
                return Interlocked.Exchange(ref _isOver, 1) == 0;
            }
        }
    }
}
#endif
