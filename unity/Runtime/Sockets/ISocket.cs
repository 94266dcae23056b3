using System;

namespace AdventureBot2.Lobby
{
    /// <summary>
    /// One WebSocket, from its opening to its end. Implement it for a socket of another library, and hand a function that
    /// makes one to <see cref="LobbyConnectionOptions.NewSocket"/>.
    /// </summary>
    /// <remarks>
    /// Nothing here waits or throws: what goes wrong is told by <see cref="ISocketListener.Closed"/>. All members may be
    /// called from any thread. A socket is used once.
    /// </remarks>
    public interface ISocket : IDisposable
    {
        /// <summary>Begins to connect to <paramref name="address"/>, a ws or wss URL. Called once.</summary>
        void Open(Uri address, string subprotocol, ISocketListener listener);

        /// <summary>Sends one frame of text, after those before it.</summary>
        void Send(string text);
    }

    /// <summary>
    /// Hears what a socket has to say, from whatever thread, but one call at a time. A socket that was disposed says
    /// nothing more, apart from a call that is just under way.
    /// </summary>
    public interface ISocketListener
    {
        /// <summary>The socket is connected, and the server took the subprotocol.</summary>
        void Opened();

        /// <summary>One whole message. Binary ones are taken as text.</summary>
        void Received(string text);

        /// <summary>The last call. <paramref name="code"/> is the server's, or 1006 when the connection was lost.</summary>
        void Closed(int code, string reason);
    }
}
