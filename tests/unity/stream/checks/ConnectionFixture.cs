using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using AdventureBotLobby;

/// <summary>A connection whose server, loop and randomness the check controls. Pauses are zero.</summary>
internal sealed class ConnectionFixture : ILoop, ILobbyTokens, ILobbyRandom
{
    public readonly List<ScriptedSocket> Sockets = new List<ScriptedSocket>();
    public readonly List<string> RefusedTokens = new List<string>();
    public readonly List<Exception> Failures = new List<Exception>();
    public readonly LobbyConnection Connection;
    public Exception NoToken;
    public Exception NoSocket;
    public bool IsSignedOut;
    public long NowMs = 100000;
    private readonly List<ILobbyTickable> _tickables = new List<ILobbyTickable>();
    private int _tokens;

    public ConnectionFixture()
    {
        var options = new LobbyConnectionOptions
        {
            Loop = this, Chance = this, NowMs = () => NowMs, NewSocket = NewSocket, OnHandlerFailed = Failures.Add
        };
        Connection = new LobbyConnection("http://lobby.test/graphql", this, options);
    }

    /// <summary>The newest socket.</summary>
    public ScriptedSocket Socket
    {
        get { return Sockets[Sockets.Count - 1]; }
    }

    public void Tick(int times = 1)
    {
        for (; times > 0; times--) foreach (ILobbyTickable each in _tickables.ToArray()) each.Tick();
    }

    /// <summary>Opens and acknowledges the next socket, and lets all streams subscribe.</summary>
    public void Connect()
    {
        int before = Sockets.Count;
        while (Sockets.Count == before) Tick();
        Socket.Say("{\"type\":\"connection_ack\"}");
        Tick();
    }

    /// <summary>Connects, and answers the ping that confirms a quiet stream.</summary>
    public void ConnectLive()
    {
        Connect();
        Confirm();
    }

    /// <summary>Answers the ping that a quiet stream sends after its subscription.</summary>
    public void Confirm()
    {
        NowMs += LobbyStream.ConfirmMs;
        Tick();
        Socket.Say("{\"type\":\"pong\"}");
        Tick();
    }

    public void Resume()
    {
        foreach (ILobbyTickable each in _tickables.ToArray()) each.Resumed();
    }

    public void Add(ILobbyTickable each)
    {
        _tickables.Add(each);
    }

    public void Remove(ILobbyTickable each)
    {
        _tickables.Remove(each);
    }

    public void Wake()
    {
    }

    public Task<string> GetAsync(CancellationToken cancellation)
    {
        if (NoToken != null) throw NoToken;
        return Task.FromResult(IsSignedOut ? null : "token-" + ++_tokens);
    }

    public void Refuse(string token)
    {
        RefusedTokens.Add(token);
    }

    public double NextDouble()
    {
        return 0;
    }

    public string NewKey()
    {
        return "key";
    }

    private ISocket NewSocket()
    {
        if (NoSocket != null) throw NoSocket;
        Sockets.Add(new ScriptedSocket());
        return Socket;
    }
}

/// <summary>A socket whose server side the check controls.</summary>
internal sealed class ScriptedSocket : ISocket
{
    public readonly List<string> Sent = new List<string>();
    public Uri Address;
    public bool IsDisposed;
    private ISocketListener _listener;

    /// <summary>The last sent message, without pings and pongs.</summary>
    public string LastSent
    {
        get { return Sent[Sent.Count - 1]; }
    }

    public void Open(Uri address, string subprotocol, ISocketListener listener)
    {
        Address = address;
        _listener = listener;
        listener.Opened();
    }

    public void Send(string text)
    {
        Sent.Add(text);
    }

    public void Dispose()
    {
        IsDisposed = true;
    }

    public void Say(string text)
    {
        _listener.Received(text);
    }

    /// <summary>A frame of the operation <paramref name="id"/>.</summary>
    public void Show(string kind, int seq, string more = "", string id = "1")
    {
        Say(string.Format(
            "{{\"id\":\"{0}\",\"type\":\"next\",\"payload\":{{\"data\":{{\"partyEvents\":{{\"__typename\":\"{1}\",\"seq\":{2},"
            + "\"cursor\":\"c{2}\",\"at\":\"2026-11-25T12:00:00.000Z\",\"party\":{{\"id\":\"p\",\"version\":{2}}}{3}}}}}}}}}",
            id, kind, seq, more));
    }

    public void Refuse(string code, string id = "1")
    {
        Say(string.Format("{{\"id\":\"{0}\",\"type\":\"next\",\"payload\":{{\"data\":null,\"errors\":[{{\"message\":\"no\","
            + "\"extensions\":{{\"code\":\"{1}\"}}}}]}}}}", id, code));
        Say(string.Format("{{\"id\":\"{0}\",\"type\":\"complete\"}}", id));
    }

    public void Close(int code)
    {
        _listener.Closed(code, "closed");
    }
}
