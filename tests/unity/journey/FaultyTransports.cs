using System;
using System.Threading;
using System.Threading.Tasks;
using AdventureBotLobby;

/// <summary>HTTP to a real server, which loses one response after something has happened.</summary>
public sealed class LosingHttp : ILobbyHttp
{
#if UNITY_2021_3_OR_NEWER
    private readonly ILobbyHttp _real = new UnityHttp();
#else
    private readonly ILobbyHttp _real = new ClientHttp();
#endif

    /// <summary>What happens instead of the next response; null for nothing.</summary>
    public Func<Task> Lose;

    public async Task<LobbyHttpAnswer> PostAsync(LobbyHttpRequest request, CancellationToken cancellation)
    {
        Func<Task> lose = Lose;
        if (lose == null) return await _real.PostAsync(request, cancellation);
        Lose = null;
        await lose();
        throw new LostAnswerException("The connection broke.");
    }
}

/// <summary>A real socket that alters sent documents, or received messages.</summary>
public sealed class AlteringSocket : ISocket, ISocketListener
{
    private readonly ClientSocket _real = new ClientSocket();
    private readonly string _from;
    private readonly string _to;
    private readonly Func<string, string> _receive;
    private ISocketListener _listener;

    public AlteringSocket(string from, string to, Func<string, string> receive)
    {
        _from = from;
        _to = to;
        _receive = receive;
    }

    public void Open(Uri address, string subprotocol, ISocketListener listener)
    {
        _listener = listener;
        _real.Open(address, subprotocol, this);
    }

    public void Send(string text)
    {
        _real.Send(_from == null ? text : text.Replace(_from, _to));
    }

    public void Dispose()
    {
        _real.Dispose();
    }

    public void Opened()
    {
        _listener.Opened();
    }

    public void Received(string text)
    {
        _listener.Received(_receive == null ? text : _receive(text));
    }

    public void Closed(int code, string reason)
    {
        _listener.Closed(code, reason);
    }
}
