#nullable enable
#if !UNITY_WEBGL || UNITY_EDITOR
using System;
using System.Net.WebSockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBotLobby
{
    /// <summary>
    /// <see cref="ClientWebSocket"/>, which Unity has on every platform but WebGL. It reads and writes on pool threads,
    /// never on the main thread.
    /// </summary>
    public sealed class ClientSocket : ISocket
    {
        /// <summary>The maximum size of one message. A full party with all properties has about 150,000 bytes.</summary>
        public const int MessageBytesMax = 1 << 20;

        private const int CloseMs = 1000;
        private const int FirstBufferBytes = 8192;

        private readonly ClientWebSocket _socket = new ClientWebSocket();
        private readonly CancellationTokenSource _over = new CancellationTokenSource();
        private readonly SendQueue _outgoing;
        private Task _run = Task.CompletedTask;
        private int _isDisposed;

        /// <summary>A socket that is not open yet.</summary>
        public ClientSocket()
        {
            _outgoing = new SendQueue(SendAsync, _socket.Abort);
        }

        /// <inheritdoc/>
        public void Open(Uri address, string subprotocol, ISocketListener listener)
        {
            _socket.Options.AddSubProtocol(subprotocol);
            // On a pool thread from the start: the DNS lookup and the TLS handshake may block.
            _run = Task.Run(() => RunAsync(address, listener));
        }

        /// <inheritdoc/>
        public void Send(string text)
        {
            _outgoing.Put(text);
        }

        /// <summary>Returns at once. In the background it sends a close frame within a second and frees the socket.</summary>
        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isDisposed, 1) == 0) Task.Run(LeaveAsync);
        }

        private bool IsDisposed
        {
            get { return Volatile.Read(ref _isDisposed) != 0; }
        }

        private async Task RunAsync(Uri address, ISocketListener listener)
        {
            int code = SocketCodes.Lost;
            string reason;
            try
            {
                await _socket.ConnectAsync(address, _over.Token).ConfigureAwait(false);
                if (!IsDisposed) listener.Opened();
                code = await ReadAsync(listener).ConfigureAwait(false);
                reason = _socket.CloseStatusDescription ?? "";
            }
            catch (Exception error)
            {
                // ClientWebSocket throws several types, which differ between Mono and .NET. All mean that the connection is lost.
                reason = error.Message;
            }
            if (!IsDisposed) listener.Closed(code, reason);
            _socket.Dispose();
        }

        private async Task<int> ReadAsync(ISocketListener listener)
        {
            var buffer = new byte[FirstBufferBytes];
            int count = 0;
            while (true)
            {
                var room = new ArraySegment<byte>(buffer, count, buffer.Length - count);
                WebSocketReceiveResult piece = await _socket.ReceiveAsync(room, _over.Token).ConfigureAwait(false);
                if (piece.MessageType == WebSocketMessageType.Close)
                {
                    return piece.CloseStatus.HasValue ? (int)piece.CloseStatus.Value : SocketCodes.NoCode;
                }
                count += piece.Count;
                if (piece.EndOfMessage)
                {
                    Hand(listener, buffer, count);
                    count = 0;
                }
                else if (count == MessageBytesMax)
                {
                    return SocketCodes.MessageTooBig;
                }
                else if (count == buffer.Length)
                {
                    Array.Resize(ref buffer, Math.Min(2 * count, MessageBytesMax));
                }
            }
        }

        private void Hand(ISocketListener listener, byte[] buffer, int count)
        {
            if (!IsDisposed) listener.Received(Encoding.UTF8.GetString(buffer, 0, count));
        }

        private Task SendAsync(string text)
        {
            var bytes = new ArraySegment<byte>(Encoding.UTF8.GetBytes(text));
            return _socket.SendAsync(bytes, WebSocketMessageType.Text, true, _over.Token);
        }

        private async Task LeaveAsync()
        {
            // Bounded: the close handshake with a peer that no longer reads would wait for ever.
            _over.CancelAfter(CloseMs);
            try
            {
                await _outgoing.EmptiedAsync().ConfigureAwait(false);
                await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", _over.Token).ConfigureAwait(false);
                await _run.ConfigureAwait(false);
            }
            catch (Exception)
            {
                // The socket was not open, or is closed already: no close frame is needed.
            }
            _over.Cancel();
            _socket.Dispose();
        }
    }
}
#endif
