using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using AdventureBotLobby;

/// <summary>One player: acts over HTTP, follows over a socket, and records the events of the stream.</summary>
internal sealed class TestPlayer : IDisposable
{
    private static readonly TimeSpan _wait = TimeSpan.FromSeconds(40);

    public readonly LobbyClient Lobby;
    public readonly List<PartyEvent> Received = new List<PartyEvent>();
    public readonly List<StreamState> States = new List<StreamState>();
    public LobbyConnection Connection;
    public PartyStream Stream;
    public readonly List<InboxEvent> Inbox = new List<InboxEvent>();
    private readonly ILoop _loop;
    private readonly string _socketUrl;
    private readonly int _threadId = Thread.CurrentThread.ManagedThreadId;
    private TaskCompletionSource<bool> _news = new TaskCompletionSource<bool>();

    public TestPlayer(string httpUrl, string socketUrl, ILoop loop)
    {
        Lobby = new LobbyClient(new LobbyOptions(httpUrl) { Retries = Patient() });
        _socketUrl = socketUrl;
        _loop = loop;
    }

    /// <summary>The number of events that were raised on another thread than the program's main thread.</summary>
    public int Strays { get; private set; }

    public async Task SignInAsync(string name)
    {
        Granted(await Lobby.SignInAsGuestAsync(name));
        Connection = new LobbyConnection(_socketUrl + "/graphql", Lobby.Tokens, new LobbyConnectionOptions { Loop = _loop });
    }

    public void Watch(LobbyParty party)
    {
        Stream = Connection.WatchParty(party);
        Stream.Happened += Record;
        Stream.Removed += Record;
        Stream.StateChanged += state =>
        {
            States.Add(state);
            Note();
        };
    }

    /// <summary>Watches the own inbox, until the program ends.</summary>
    public void WatchInbox()
    {
        InboxStream inbox = Connection.WatchInbox();
        inbox.Happened += happened =>
        {
            Inbox.Add(happened);
            Note();
        };
        inbox.StateChanged += state =>
        {
            States.Add(state);
            Note();
        };
    }

    /// <summary>Waits until <paramref name="holds"/> is true, checked at each event.</summary>
    public async Task UntilAsync(Func<bool> holds, string what)
    {
        Task late = Task.Delay(_wait);
        while (!holds())
        {
            Task<bool> news = _news.Task;
            if (await Task.WhenAny(news, late) == late) throw new TimeoutException("waited in vain for " + what);
        }
    }

    public Task CaughtUpAsync(int seq)
    {
        return UntilAsync(() => Stream.AppliedSeq >= seq, "entry " + seq + ", at " + Stream.AppliedSeq);
    }

    public void Dispose()
    {
        if (Connection != null) Connection.Dispose();
    }

    public static T Granted<T>(LobbyResult<T> result) where T : class
    {
        if (result.IsRejected) throw new InvalidOperationException(result.Rejection.Code + ": " + result.Rejection.Message);
        return result.Value;
    }

    /// <summary>
    /// A server needs some seconds to start on a busy machine, and with network faults most attempts fail.
    /// </summary>
    private static RetryPolicy Patient()
    {
        return new RetryPolicy { AttemptsMax = 100, TotalTime = TimeSpan.FromMinutes(3), TimeoutSeconds = 5 };
    }

    private void Record(PartyEvent happened)
    {
        Received.Add(happened);
        Note();
    }

    private void Note()
    {
        if (Thread.CurrentThread.ManagedThreadId != _threadId) Strays++;
        TaskCompletionSource<bool> news = _news;
        _news = new TaskCompletionSource<bool>();
        news.SetResult(true);
    }
}
