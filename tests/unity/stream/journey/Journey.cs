using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using AdventureBotLobby;

/// <summary>
/// Two players in a party, controlled by a test: it writes one command per line, and reads one answer per line.
/// </summary>
internal static class Journey
{
    private static ContextLoop _loop;
    private static TestPlayer _ada;
    private static TestPlayer _bram;
    private static LobbyParty _party;
    private static int _lastSeq;
    private static int _acts;
    private static int _replayed;

    private static void Main(string[] arguments)
    {
        EventLoop.Run(() => PlayAsync(arguments[0], arguments[1]));
        Leave.With(0);
    }

    private static async Task PlayAsync(string httpUrl, string socketUrl)
    {
        _loop = new ContextLoop(SynchronizationContext.Current);
        _ada = new TestPlayer(httpUrl, socketUrl, _loop);
        _bram = new TestPlayer(httpUrl, socketUrl, _loop);
        string command;
        while ((command = await Task.Run(() => Console.In.ReadLine())) != null)
        {
            var answer = new LobbyJsonWriter().BeginObject();
            await DoAsync(command.Split(' '), answer);
            Console.WriteLine(answer.EndObject().ToString());
        }
        _ada.Dispose();
        _bram.Dispose();
        _loop.Dispose();
    }

    private static async Task DoAsync(string[] words, LobbyJsonWriter answer)
    {
        switch (words[0])
        {
            case "inbox": await WatchInboxAsync(); break;
            case "invite": await InviteAsync(int.Parse(words[1])); break;
            case "invites": await ReportInboxAsync(answer); break;
            case "gather": await GatherAsync(answer); break;
            case "act": await ActAsync(int.Parse(words[1]), answer); break;
            case "run": await RunAsync(answer); break;
            case "resume": _loop.Resume(); break;
            case "live": await Task.WhenAll(LiveAsync(_ada), LiveAsync(_bram)); break;
            case "lost": await Task.WhenAll(LostAsync(_ada), LostAsync(_bram)); break;
            case "session": await WatchSessionAsync(answer); break;
            case "report": await ReportAsync(answer); break;
            case "kick": await KickAsync(answer); break;
            case "stranger": await StrangerAsync(answer); break;
            default: throw new ArgumentException(words[0]);
        }
    }

    /// <summary>Bram watches his inbox, and Ada has a party.</summary>
    private static async Task WatchInboxAsync()
    {
        await _ada.SignInAsync("Ada");
        await _bram.SignInAsync("Bram");
        _party = TestPlayer.Granted(await _ada.Lobby.CreatePartyAsync(new CreatePartyInput())).Party;
        _bram.WatchInbox();
        await _bram.UntilAsync(() => _bram.Inbox.Count > 0, "a snapshot of the inbox");
    }

    /// <summary>Ada invites Bram and takes it back, so many times.</summary>
    private static async Task InviteAsync(int times)
    {
        for (int time = 0; time < times; time++)
        {
            var invite = new InvitePlayerInput { PartyId = _party.Id, PlayerId = _bram.Lobby.Player.Id };
            LobbyInvite made = TestPlayer.Granted(await _ada.Lobby.InvitePlayerAsync(invite)).Invite;
            TestPlayer.Granted(await _ada.Lobby.RevokeInviteAsync(new InviteActionInput { InviteId = made.Id }));
            _acts++;
        }
    }

    /// <summary>All that Bram's inbox has delivered, once it has all invites.</summary>
    private static async Task ReportInboxAsync(LobbyJsonWriter answer)
    {
        await _bram.UntilAsync(() => _bram.Inbox.Count(each => each.Invite != null) >= 2 * _acts, "all invites");
        answer.Name("inbox").BeginArray();
        foreach (InboxEvent each in _bram.Inbox)
        {
            answer.Value(each.Seq + " " + each.Kind + (each.Invite != null ? " " + each.Invite.State : ""));
        }
        answer.EndArray();
        answer.Name("strays").Value(_bram.Strays);
        answer.Name("states").Value(string.Join(" ", _bram.States));
    }

    private static async Task GatherAsync(LobbyJsonWriter answer)
    {
        await _ada.SignInAsync("Ada");
        await _bram.SignInAsync("Bram");
        var settings = new PartySettingsInput { Name = "Into the dark", CountdownSeconds = 0 };
        PartyChanged created = Counted(await _ada.Lobby.CreatePartyAsync(new CreatePartyInput { Settings = settings }));
        _ada.Watch(created.Party);
        _party = created.Party;
        var code = new JoinPartyInput { JoinCode = _party.JoinCode };
        _bram.Watch(Counted(await _bram.Lobby.JoinByCodeAsync(code)).Party);
        await Task.WhenAll(LiveAsync(_ada), LiveAsync(_bram));
        answer.Member("partyId", _party.Id);
    }

    private static async Task ActAsync(int times, LobbyJsonWriter answer)
    {
        for (int time = 0; time < times; time++)
        {
            _acts++;
            TestPlayer player = time % 2 == 0 ? _ada : _bram;
            var message = new PostMessageInput { PartyId = _party.Id, Text = "act " + _acts };
            Counted(await player.Lobby.PostMessageAsync(message));
        }
        answer.Name("acts").Value(_acts).Name("replayed").Value(_replayed);
    }

    private static async Task RunAsync(LobbyJsonWriter answer)
    {
        Counted(await _ada.Lobby.UpdateMemberAsync(Class("Knight")));
        PartyChanged chosen = Counted(await _bram.Lobby.UpdateMemberAsync(Class("Wizard")));
        int seen = chosen.Party.Settings.Version;
        var ready = new SetReadyInput { PartyId = _party.Id, Ready = true, SettingsVersion = seen };
        Counted(await _bram.Lobby.SetReadyAsync(ready));
        // Force the start: the connection of a member may be lost at this moment.
        var start = new StartSessionInput { PartyId = _party.Id, Force = true };
        TestPlayer.Granted(await _ada.Lobby.StartSessionAsync(start));
        await _bram.UntilAsync(() => _bram.Received.Any(IsStart), "the start");
        PartyEvent started = _bram.Received.First(IsStart);
        var done = new CompleteSessionInput { SessionId = started.Session.Id, Outcome = "the dragon sleeps" };
        SessionChanged ended = TestPlayer.Granted(await _ada.Lobby.CompleteSessionAsync(done));
        _lastSeq = Math.Max(_lastSeq, ended.Seq);
        answer.Name("hasTicket").Value(started.Ticket != null);
    }

    /// <summary>Watches the party by its session, on a second stream of the same socket.</summary>
    private static async Task WatchSessionAsync(LobbyJsonWriter answer)
    {
        var shown = new TaskCompletionSource<LobbyParty>();
        using (PartyStream stream = _bram.Connection.WatchSession(_bram.Received.First(IsStart).Session.Id))
        {
            stream.PartySnapshot += happened => shown.TrySetResult(happened.Party);
            LobbyParty party = await shown.Task;
            answer.Name("isOurs").Value(party.Id == _party.Id);
        }
    }

    private static async Task ReportAsync(LobbyJsonWriter answer)
    {
        await Task.WhenAll(_ada.CaughtUpAsync(_lastSeq), _bram.CaughtUpAsync(_lastSeq));
        var log = new List<PartyEvent>();
        IReadOnlyList<PartyEvent> page;
        do
        {
            string after = log.Count == 0 ? null : log[log.Count - 1].Cursor;
            page = await _ada.Lobby.PartyHistoryAsync(_party.Id, after, 500);
            log.AddRange(page);
        }
        while (page.Count > 0);
        Write(answer, "log", log.Where(entry => entry.Seq <= _lastSeq));
        Write(answer, "ada", _ada.Received.Where(entry => entry.Seq <= _lastSeq));
        Write(answer, "bram", _bram.Received.Where(entry => entry.Seq <= _lastSeq));
        answer.Name("strays").Value(_ada.Strays + _bram.Strays);
        answer.Name("states").Value(string.Join(" ", _ada.States));
        answer.Name("clockOffMs").Value((long)(_ada.Connection.ServerNow - DateTime.UtcNow).TotalMilliseconds);
    }

    private static async Task KickAsync(LobbyJsonWriter answer)
    {
        var kick = new KickMemberInput { PartyId = _party.Id, PlayerId = _bram.Lobby.Player.Id };
        Counted(await _ada.Lobby.KickMemberAsync(kick));
        await _bram.UntilAsync(() => _bram.Stream.End != null, "the end");
        answer.Member("end", _bram.Stream.End.Reason.ToString());
        answer.Member("last", _bram.Received.Last().Kind + " " + _bram.Received.Last().LeaveReason);
    }

    /// <summary>Watches as a player outside of the party, and without credentials.</summary>
    private static async Task StrangerAsync(LobbyJsonWriter answer)
    {
        using (PartyStream stream = _bram.Connection.WatchParty("no-such-party"))
        {
            while (stream.End == null) await Task.Delay(10);
            answer.Member("stranger", stream.End.Reason.ToString());
        }
    }

    private static Task LiveAsync(TestPlayer player)
    {
        return player.UntilAsync(() => player.Stream.State == StreamState.Live, "a live stream");
    }

    private static Task LostAsync(TestPlayer player)
    {
        return player.UntilAsync(() => player.States.Contains(StreamState.Reconnecting), "the loss of the connection");
    }

    private static PartyChanged Counted(LobbyResult<PartyChanged> result)
    {
        PartyChanged changed = TestPlayer.Granted(result);
        _lastSeq = Math.Max(_lastSeq, changed.Seq);
        if (changed.Replayed) _replayed++;
        return changed;
    }

    private static bool IsStart(PartyEvent happened)
    {
        return happened.Kind == PartyEventKind.SessionStarted;
    }

    private static UpdateMemberInput Class(string name)
    {
        return new UpdateMemberInput { PartyId = _party.Id, CharacterClass = name };
    }

    private static void Write(LobbyJsonWriter answer, string name, IEnumerable<PartyEvent> entries)
    {
        answer.Name(name).BeginArray();
        foreach (PartyEvent entry in entries) answer.Value(entry.Seq + " " + entry.Typename + " " + entry.ActorId + " " + entry.Text);
        answer.EndArray();
    }
}
