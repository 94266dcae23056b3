using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using AdventureBot2.Lobby;

/// <summary>
/// Two players play a party at the word of a test: a command a line on its input, an answer a line on its output.
/// </summary>
internal static class Journey
{
    private static ContextLoop _loop;
    private static Seat _ada;
    private static Seat _bram;
    private static Party _party;
    private static int _lastSeq;
    private static int _acts;
    private static int _replayed;

    private static void Main(string[] arguments)
    {
        Pump.Run(() => PlayAsync(arguments[0], arguments[1]));
        Leave.With(0);
    }

    private static async Task PlayAsync(string httpUrl, string socketUrl)
    {
        _loop = new ContextLoop(SynchronizationContext.Current);
        _ada = new Seat(httpUrl, socketUrl, _loop);
        _bram = new Seat(httpUrl, socketUrl, _loop);
        string command;
        while ((command = await Task.Run(() => Console.In.ReadLine())) != null)
        {
            var answer = new JsonWriter().BeginObject();
            await DoAsync(command.Split(' '), answer);
            Console.WriteLine(answer.EndObject().ToString());
        }
        _ada.Dispose();
        _bram.Dispose();
        _loop.Dispose();
    }

    private static async Task DoAsync(string[] words, JsonWriter answer)
    {
        switch (words[0])
        {
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

    private static async Task GatherAsync(JsonWriter answer)
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

    private static async Task ActAsync(int times, JsonWriter answer)
    {
        for (int time = 0; time < times; time++)
        {
            _acts++;
            Seat seat = time % 2 == 0 ? _ada : _bram;
            var message = new PostMessageInput { PartyId = _party.Id, Text = "act " + _acts };
            Counted(await seat.Lobby.PostMessageAsync(message));
        }
        answer.Name("acts").Value(_acts).Name("replayed").Value(_replayed);
    }

    private static async Task RunAsync(JsonWriter answer)
    {
        Counted(await _ada.Lobby.UpdateMemberAsync(Class("Knight")));
        PartyChanged chosen = Counted(await _bram.Lobby.UpdateMemberAsync(Class("Wizard")));
        int seen = chosen.Party.Settings.Version;
        var ready = new SetReadyInput { PartyId = _party.Id, Ready = true, SettingsVersion = seen };
        Counted(await _bram.Lobby.SetReadyAsync(ready));
        // By force: the connection of somebody may be cut at this very moment.
        var start = new StartSessionInput { PartyId = _party.Id, Force = true };
        Seat.Granted(await _ada.Lobby.StartSessionAsync(start));
        await _bram.UntilAsync(() => _bram.Told.Any(IsStart), "the start");
        PartyEvent started = _bram.Told.First(IsStart);
        var done = new CompleteSessionInput { SessionId = started.Session.Id, Outcome = "the dragon sleeps" };
        SessionChanged ended = Seat.Granted(await _ada.Lobby.CompleteSessionAsync(done));
        _lastSeq = Math.Max(_lastSeq, ended.Seq);
        answer.Name("hasTicket").Value(started.Ticket != null);
    }

    /// <summary>The party of the session that was run, found by it, on a second stream of the same socket.</summary>
    private static async Task WatchSessionAsync(JsonWriter answer)
    {
        var shown = new TaskCompletionSource<Party>();
        using (PartyStream stream = _bram.Connection.WatchSession(_bram.Told.First(IsStart).Session.Id))
        {
            stream.PartySnapshot += happened => shown.TrySetResult(happened.Party);
            Party party = await shown.Task;
            answer.Name("isOurs").Value(party.Id == _party.Id);
        }
    }

    private static async Task ReportAsync(JsonWriter answer)
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
        Write(answer, "ada", _ada.Told.Where(entry => entry.Seq <= _lastSeq));
        Write(answer, "bram", _bram.Told.Where(entry => entry.Seq <= _lastSeq));
        answer.Name("strays").Value(_ada.Strays + _bram.Strays);
        answer.Name("states").Value(string.Join(" ", _ada.States));
        answer.Name("clockOffMs").Value((long)(_ada.Connection.ServerNow - DateTime.UtcNow).TotalMilliseconds);
    }

    private static async Task KickAsync(JsonWriter answer)
    {
        var kick = new KickMemberInput { PartyId = _party.Id, PlayerId = _bram.Lobby.Player.Id };
        Counted(await _ada.Lobby.KickMemberAsync(kick));
        await _bram.UntilAsync(() => _bram.Stream.End != null, "the end");
        answer.Member("end", _bram.Stream.End.Reason.ToString());
        answer.Member("last", _bram.Told.Last().Kind + " " + _bram.Told.Last().LeaveReason);
    }

    /// <summary>Somebody who is not in the party, and somebody who is nobody.</summary>
    private static async Task StrangerAsync(JsonWriter answer)
    {
        using (PartyStream stream = _bram.Connection.WatchParty("no-such-party"))
        {
            while (stream.End == null) await Task.Delay(10);
            answer.Member("stranger", stream.End.Reason.ToString());
        }
    }

    private static Task LiveAsync(Seat seat)
    {
        return seat.UntilAsync(() => seat.Stream.State == StreamState.Live, "a live stream");
    }

    private static Task LostAsync(Seat seat)
    {
        return seat.UntilAsync(() => seat.States.Contains(StreamState.Reconnecting), "the loss of the connection");
    }

    private static PartyChanged Counted(LobbyResult<PartyChanged> result)
    {
        PartyChanged changed = Seat.Granted(result);
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

    private static void Write(JsonWriter answer, string name, IEnumerable<PartyEvent> entries)
    {
        answer.Name(name).BeginArray();
        foreach (PartyEvent entry in entries) answer.Value(entry.Seq + " " + entry.Typename + " " + entry.ActorId + " " + entry.Text);
        answer.EndArray();
    }
}
