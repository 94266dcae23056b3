#nullable enable
using System;

namespace AdventureBotLobby
{
    /// <summary>
    /// One WebSocket, from its opening to its end. To use another library, implement this interface and pass a function that
    /// creates a socket as <see cref="LobbyConnectionOptions.NewSocket"/>.
    /// </summary>
    /// <remarks>
    /// No member blocks or throws: report failures with <see cref="ISocketListener.Closed"/>. All members may be called from
    /// any thread. A socket is used once.
    /// </remarks>
    public interface ISocket : IDisposable
    {
        /// <summary>Starts to connect to <paramref name="address"/>, a ws or wss URL. Called once.</summary>
        void Open(Uri address, string subprotocol, ISocketListener listener);

        /// <summary>Sends one text frame, in the order of the calls.</summary>
        void Send(string text);
    }

    /// <summary>
    /// Receives the events of a socket, from any thread, but one call at a time. After its disposal a socket makes no further
    /// call, except one that is already in progress.
    /// </summary>
    public interface ISocketListener
    {
        /// <summary>The socket is connected, and the server accepted the subprotocol.</summary>
        void Opened();

        /// <summary>One whole message. Pass binary messages as text.</summary>
        void Received(string text);

        /// <summary>The last call. <paramref name="code"/> is the server's, or 1006 if the connection was lost.</summary>
        void Closed(int code, string reason);
    }

    /// <summary>Close codes of RFC 6455 (7.4.1) and of graphql-transport-ws.</summary>
    internal static class SocketCodes
    {
        public const int NoCode = 1005;
        public const int Lost = 1006;
        public const int MessageTooBig = 1009;
        public const int FirstOfProtocols = 4000;
        public const int Unauthorized = 4401;
        public const int Forbidden = 4403;

        /// <summary>Whether the server rejected the token.</summary>
        public static bool RefusesToken(int code)
        {
            return code == Forbidden || code == Unauthorized;
        }
    }
}
