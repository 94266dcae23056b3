using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using AdventureBot2.Lobby;

/// <summary>One player: acts by HTTP, watches by socket, and keeps what the stream has told.</summary>
internal sealed class Seat : IDisposable
{
    private static readonly TimeSpan _wait = TimeSpan.FromSeconds(40);

    public readonly LobbyClient Lobby;
    public readonly List<PartyEvent> Told = new List<PartyEvent>();
    public readonly List<StreamState> States = new List<StreamState>();
    public LobbyConnection Connection;
    public PartyStream Stream;
    private readonly ILoop _loop;
    private readonly string _socketUrl;
    private readonly int _threadId = Thread.CurrentThread.ManagedThreadId;
    private TaskCompletionSource<bool> _news = new TaskCompletionSource<bool>();

    public Seat(string httpUrl, string socketUrl, ILoop loop)
    {
        Lobby = new LobbyClient(new LobbyOptions(httpUrl) { Retries = Patient() });
        _socketUrl = socketUrl;
        _loop = loop;
    }

    /// <summary>Events that were raised on another thread than the program's own.</summary>
    public int Strays { get; private set; }

    public async Task SignInAsync(string name)
    {
        Granted(await Lobby.SignInAsGuestAsync(name));
        Connection = new LobbyConnection(_socketUrl + "/graphql", Lobby.Tokens, new LobbyConnectionOptions { Loop = _loop });
    }

    public void Watch(Party party)
    {
        Stream = Connection.WatchParty(party);
        Stream.Happened += Tell;
        Stream.Removed += Tell;
        Stream.StateChanged += state =>
        {
            States.Add(state);
            Note();
        };
    }

    /// <summary>Returns when <paramref name="holds"/> does; it is looked at with each event.</summary>
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
    /// A server takes some seconds to start on a machine that runs tests, and in bad weather most attempts fail.
    /// </summary>
    private static RetryPolicy Patient()
    {
        return new RetryPolicy { AttemptsMax = 100, TotalTime = TimeSpan.FromMinutes(3), TimeoutSeconds = 5 };
    }

    private void Tell(PartyEvent happened)
    {
        Told.Add(happened);
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
