#nullable enable
#if UNITY_WEBGL && !UNITY_EDITOR
using System;
using System.Runtime.InteropServices;

namespace AdventureBotLobby
{
    /// <summary>
    /// The browser's WebSocket, through <c>Plugins/WebGL/AdventureBot2LobbySocket.jslib</c>. A browser has no threads: messages
    /// wait in JavaScript until the loop's tick fetches them. So JavaScript never calls C#.
    /// </summary>
    public sealed class BrowserSocket : ISocket, ILobbyTickable
    {
        private const int OpenedNews = 1;
        private const int MessageNews = 2;
        private const int ClosedNews = 3;

        private readonly ILoop _loop;
        private ISocketListener _listener = null!; // set by Open
        private int _id;
        private bool _isOver;

        public BrowserSocket(ILoop loop)
        {
            _loop = loop;
        }

        public void Open(Uri address, string subprotocol, ISocketListener listener)
        {
            _listener = listener;
            _id = AdventureBot2LobbySocketOpen(address.AbsoluteUri, subprotocol);
            _loop.Add(this);
        }

        public void Send(string text)
        {
            if (!_isOver) AdventureBot2LobbySocketSend(_id, text);
        }

        public void Dispose()
        {
            if (_isOver) return;
            _isOver = true;
            _loop.Remove(this);
            AdventureBot2LobbySocketLeave(_id);
        }

        void ILobbyTickable.Tick()
        {
            int news;
            while (!_isOver && (news = AdventureBot2LobbySocketNews(_id)) != 0) RaiseEvent(news);
        }

        void ILobbyTickable.Resumed()
        {
        }

        void ILobbyTickable.Stopped()
        {
            Dispose();
        }

        private void RaiseEvent(int news)
        {
            if (news == OpenedNews) _listener.Opened();
            else if (news == MessageNews) _listener.Received(AdventureBot2LobbySocketText(_id));
            else if (news == ClosedNews)
            {
                int code = AdventureBot2LobbySocketCode(_id);
                string reason = AdventureBot2LobbySocketText(_id);
                ISocketListener listener = _listener;
                Dispose();
                listener.Closed(code, reason);
            }
        }

        [DllImport("__Internal")]
        private static extern int AdventureBot2LobbySocketOpen(string url, string subprotocol);

        [DllImport("__Internal")]
        private static extern void AdventureBot2LobbySocketSend(int id, string text);

        [DllImport("__Internal")]
        private static extern int AdventureBot2LobbySocketNews(int id);

        [DllImport("__Internal")]
        private static extern string AdventureBot2LobbySocketText(int id);

        [DllImport("__Internal")]
        private static extern int AdventureBot2LobbySocketCode(int id);

        [DllImport("__Internal")]
        private static extern void AdventureBot2LobbySocketLeave(int id);
    }
}
#endif
