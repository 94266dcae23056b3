using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using AdventureBotLobby;

/// <summary>Faults of games, platforms and networks, each against a running server.</summary>
public static class Faults
{
    private static readonly TimeSpan _wait = TimeSpan.FromSeconds(30);
    private static string _url;
    private static ContextLoop _loop;

    public static async Task PlayAsync(string url, string closedUrl)
    {
        _url = url;
        _loop = new ContextLoop(SynchronizationContext.Current);
        await SignOutAsync();
        await OtherPlayersCallAsync();
        await RefusedStreamsAsync();
        await UnreadableAsync();
        await NotLiveYetAsync();
        await ProviderAsync();
        await ThrowingHandlerAsync();
#if UNITY_2021_3_OR_NEWER
        await ForbiddenHttpAsync();
#else
        await ManyAtOnceAsync();
        await NoServerAsync(closedUrl);
#endif
        _loop.Dispose();
    }

    private static async Task SignOutAsync()
    {
        LobbyClient ada = await SignedInAsync("Ada");
        LobbyParty party = (await ada.CreatePartyAsync(new CreatePartyInput())).Value.Party;
        using (LobbyConnection connection = Connect(ada))
        {
            PartyStream old = connection.WatchParty(party);
            int late = 0;
            await UntilAsync(() => old.State == StreamState.Live);
            ada.SignOut();
            old.Happened += happened => late++;
            await ada.SignInAsGuestAsync("Bram");
            await ada.JoinByCodeAsync(new JoinPartyInput { JoinCode = party.JoinCode });
            PartyStream fresh = connection.WatchParty(party.Id);
            await UntilAsync(() => fresh.Party != null);
            Program.Say("sign-out", old.End.Reason + "/" + late + "/" + fresh.Party.MemberCount);
        }
    }

    /// <summary>The response to Ada's mutation is lost, and Bram signs in before the next attempt.</summary>
    private static async Task OtherPlayersCallAsync()
    {
        var http = new LosingHttp();
        var client = new LobbyClient(Options(http));
        await client.SignInAsGuestAsync("Ada");
        http.Lose = async () => await client.SignInAsGuestAsync("Bram");
        string code = await CodeAsync(client.CreatePartyAsync(new CreatePartyInput()));
        Program.Say("other-player", code + "/" + (await client.MyPartyAsync() == null));
    }

    private static async Task RefusedStreamsAsync()
    {
        LobbyClient ada = await SignedInAsync("Ada");
        foreach (string[] change in new[] { new[] { "partyEvents", "noSuchField" }, new[] { "subscription", "sub scription" } })
        {
            using (LobbyConnection connection = Connect(ada, () => new AlteringSocket(change[0], change[1], null)))
            {
                PartyStream stream = connection.WatchParty("p");
                await UntilAsync(() => stream.End != null);
                Program.Say("refused-" + change[0], stream.End.Reason + "/" + stream.End.Message.Split(',')[0]);
            }
        }
    }

    private static async Task UnreadableAsync()
    {
        LobbyClient ada = await SignedInAsync("Ada");
        LobbyParty party = (await ada.CreatePartyAsync(new CreatePartyInput())).Value.Party;
        Func<string, string> breakMessages =
            text => text.Contains("MessagePosted") ? text.Replace("\"text\":\"", "\"text\":5,\"x\":\"") : text;
        using (LobbyConnection connection = Connect(ada, () => new AlteringSocket(null, null, breakMessages)))
        {
            PartyStream stream = connection.WatchParty(party);
            PartyListStream list = connection.WatchLobby();
            int snapshots = 0, left = 0;
            stream.PartySnapshot += happened => snapshots++;
            list.StateChanged += state => left += state == StreamState.Reconnecting ? 1 : 0;
            await UntilAsync(() => stream.State == StreamState.Live && list.State == StreamState.Live);
            PartyChanged said = (await ada.PostMessageAsync(new PostMessageInput { PartyId = party.Id, Text = "hello" })).Value;
            await UntilAsync(() => stream.AppliedSeq >= said.Seq);
            Program.Say("unreadable", snapshots + "/" + left + "/" + stream.State);
        }
    }

    private static async Task NotLiveYetAsync()
    {
        using (LobbyConnection connection = Connect(await SignedInAsync("Ada")))
        {
            var states = new List<StreamState>();
            PartyStream stream = connection.WatchParty("no-such-party");
            stream.StateChanged += states.Add;
            await UntilAsync(() => stream.End != null);
            Program.Say("states", string.Join(" ", states));
        }
    }

    /// <summary>The game's own sign-in hangs, then throws, then works.</summary>
    private static async Task ProviderAsync()
    {
        LobbyClient guest = await SignedInAsync("Ada");
        string token = await guest.Tokens.GetAsync(CancellationToken.None);
        var options = Options(null);
        options.TokenTimeout = TimeSpan.FromSeconds(0.3);
        var provider = new Provider(token);
        options.TokenProvider = provider;
        var ada = new LobbyClient(options);
        Program.Say("hangs", await CodeAsync(ada.MeAsync()));
        Program.Say("throws", await CodeAsync(ada.MeAsync()));
        Program.Say("works", (await ada.MeAsync()).DisplayName);
        provider.Calls = 0;
        ada.SignOut();
        using (LobbyConnection connection = Connect(ada))
        {
            int troubles = 0;
            connection.Trouble += words => troubles++;
            PartyListStream list = connection.WatchLobby();
            await UntilAsync(() => list.State == StreamState.Live);
            Program.Say("stream-works", troubles);
        }
    }

    private static async Task ThrowingHandlerAsync()
    {
        var store = new MemoryCredentialStore();
        var options = Options(null);
        options.CredentialStore = store;
        await new LobbyClient(options).SignInAsGuestAsync("Ada");
        store.Save(store.Load().Replace("\"refreshToken\":\"", "\"refreshToken\":\"not-"));
        var ada = new LobbyClient(options);
        ada.Tokens.Refuse(await ada.Tokens.GetAsync(CancellationToken.None));
        ada.SignedOut += () => { throw new InvalidOperationException("the game's own"); };
        Program.Say("handler-throws", await CodeAsync(ada.MeAsync()) + "/" + (ada.Player == null));
    }

#if UNITY_2021_3_OR_NEWER
    private static async Task ForbiddenHttpAsync()
    {
        LobbyClient ada = await SignedInAsync("Ada");
        int before = UnityEngine.Networking.UnityWebRequest.Undisposed;
        UnityEngine.Networking.UnityWebRequest.ForbidsHttp = true;
        Program.Say("forbidden", await CodeAsync(ada.MeAsync()));
        UnityEngine.Networking.UnityWebRequest.ForbidsHttp = false;
        Program.Say("undisposed", UnityEngine.Networking.UnityWebRequest.Undisposed - before);
    }
#else
    private static async Task ManyAtOnceAsync()
    {
        LobbyClient ada = await SignedInAsync("Ada");
        string partyId = (await ada.CreatePartyAsync(new CreatePartyInput())).Value.Party.Id;
        Task<LobbyResult<PartyChanged>>[] calls = Enumerable.Range(0, 60)
            .Select(each => ada.PostMessageAsync(new PostMessageInput { PartyId = partyId, Text = "hello" })).ToArray();
        await Task.WhenAll(calls);
        Program.Say("rejected", calls.Count(each => each.Result.IsRejected));
    }

    private static async Task NoServerAsync(string closedUrl)
    {
        var log = new FirstLine();
        var options = new LobbyOptions(closedUrl) { Log = log, CredentialStore = new MemoryCredentialStore() };
        options.Retries.TotalTime = TimeSpan.FromSeconds(1);
        string code = await CodeAsync(new LobbyClient(options).SignInAsGuestAsync("Ada"));
        bool isClear = log.Text.Contains(closedUrl) && log.Text.Contains("Is the server running");
        Program.Say("no-server", code + "/" + isClear);
        Program.Say("told-ms", log.AtMs);
    }
#endif

    private static LobbyOptions Options(ILobbyHttp http)
    {
        return new LobbyOptions(_url) { Http = http, CredentialStore = new MemoryCredentialStore(), LogLevel = LobbyLogLevel.Off };
    }

    private static async Task<LobbyClient> SignedInAsync(string name)
    {
        var client = new LobbyClient(Options(null));
        await client.SignInAsGuestAsync(name);
        return client;
    }

    private static LobbyConnection Connect(LobbyClient lobby, Func<ISocket> socket = null)
    {
        return new LobbyConnection(lobby, new LobbyConnectionOptions { Loop = _loop, NewSocket = socket });
    }

    private static async Task<string> CodeAsync(Task call)
    {
        try
        {
            await call;
            return "none";
        }
        catch (LobbyException error)
        {
            return error.Code;
        }
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        Stopwatch waited = Stopwatch.StartNew();
        while (!holds())
        {
            if (waited.Elapsed > _wait) throw new TimeoutException();
            await Task.Delay(10);
        }
    }

    private sealed class Provider : ITokenProvider
    {
        private readonly string _token;

        public int Calls;

        public Provider(string token)
        {
            _token = token;
        }

        public Task<ProvidedToken> GetTokenAsync(CancellationToken cancellation)
        {
            Calls++;
            if (Calls == 1) return new TaskCompletionSource<ProvidedToken>().Task;
            if (Calls == 2) throw new InvalidOperationException("the sign-in service is down");
            return Task.FromResult(new ProvidedToken(_token));
        }
    }

    private sealed class FirstLine : ILobbyLog
    {
        private readonly Stopwatch _since = Stopwatch.StartNew();

        public string Text = "";
        public long AtMs;

        public void Write(LobbyLogLevel level, string message, Exception error)
        {
            if (Text.Length > 0) return;
            Text = message;
            AtMs = _since.ElapsedMilliseconds;
        }
    }
}
