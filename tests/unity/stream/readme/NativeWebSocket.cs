using System.Collections.Generic;
using System.Threading.Tasks;

namespace NativeWebSocket
{
    public delegate void WebSocketOpenEventHandler();

    public delegate void WebSocketMessageEventHandler(byte[] data);

    public delegate void WebSocketCloseEventHandler(WebSocketCloseCode closeCode);

    public enum WebSocketCloseCode
    {
        Normal = 1000
    }

    /// <summary>The public members only: the README's example is compiled, not run.</summary>
    public sealed class WebSocket
    {
        public WebSocket(string url, string subprotocol, Dictionary<string, string> headers = null)
        {
        }

        public event WebSocketOpenEventHandler OnOpen
        {
            add { }
            remove { }
        }

        public event WebSocketMessageEventHandler OnMessage
        {
            add { }
            remove { }
        }

        public event WebSocketCloseEventHandler OnClose
        {
            add { }
            remove { }
        }

        public Task Connect()
        {
            return Task.CompletedTask;
        }

        public Task SendText(string message)
        {
            return Task.CompletedTask;
        }

        public void CancelConnection()
        {
        }
    }
}
