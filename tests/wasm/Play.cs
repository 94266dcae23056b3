using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using AdventureBotLobby;

/// <summary>
/// Ada and Bram play a party to its end in a page, each over a socket of its own. Prints the outcome as lines of NAME=VALUE.
/// Arguments: the address of the server, and that for sockets.
/// </summary>
internal static class Play
{
    private const int Messages = 20;

    private static void Main(string[] arguments)
    {
        RunAsync(arguments);
    }

    private static async void RunAsync(string[] arguments)
    {
        try
        {
            await PlayAsync(arguments);
            Leave.With(0);
        }
        catch (Exception error)
        {
            Console.WriteLine(error);
            Leave.With(1);
        }
    }

    private static async Task PlayAsync(string[] arguments)
    {
        var loop = new ContextLoop();
        var ada = new TestPlayer(arguments[0], arguments[1], loop);
        var bram = new TestPlayer(arguments[0], arguments[1], loop);
        await ada.SignInAsync("Ada");
        await bram.SignInAsync("Bram \"the\" Bård \ud83d\udc09");

        var settings = new PartySettingsInput { Name = "Into the dark", CountdownSeconds = 0 };
        LobbyParty party = TestPlayer.Granted(await ada.Lobby.CreatePartyAsync(new CreatePartyInput { Settings = settings })).Party;
        ada.Watch(party);
        await ada.UntilAsync(() => ada.Stream.State == StreamState.Live, "the stream of Ada");
        var join = new JoinPartyInput { JoinCode = party.JoinCode };
        party = TestPlayer.Granted(await bram.Lobby.JoinByCodeAsync(join)).Party;
        bram.Watch(party);
        Say("joined", party.Members.Last().Player.DisplayName);
        await TalkAsync(ada, party);
        await EndAsync(ada, bram, party);
        Say("seqs", ada.Received.Zip(ada.Received.Skip(1), (one, next) => next.Seq == one.Seq + 1).All(isNext => isNext));
        Say("kinds", string.Join(",", ada.Received.Select(happened => happened.Kind).Distinct()));
        Say("states", string.Join(",", ada.States.Concat(bram.States).Distinct()));
        ada.Dispose();
        bram.Dispose();
        loop.Dispose();
    }

    private static async Task TalkAsync(TestPlayer ada, LobbyParty party)
    {
        for (int number = 1; number <= Messages; number++)
        {
            var said = new PostMessageInput { PartyId = party.Id, Text = "message " + number };
            TestPlayer.Granted(await ada.Lobby.PostMessageAsync(said));
        }
        await ada.UntilAsync(() => Texts(ada).Count() == Messages, "the messages");
        Say("messages", Texts(ada).SequenceEqual(Enumerable.Range(1, Messages).Select(number => "message " + number)));
    }

    private static async Task EndAsync(TestPlayer ada, TestPlayer bram, LobbyParty party)
    {
        TestPlayer.Granted(await bram.Lobby.SetReadyAsync(party, true));
        TestPlayer.Granted(await ada.Lobby.SetReadyAsync(party, true));
        TestPlayer.Granted(await ada.Lobby.StartSessionAsync(new StartSessionInput { PartyId = party.Id, Force = true }));
        await bram.UntilAsync(() => Find(bram, PartyEventKind.SessionStarted) != null, "the session");
        PartyEvent started = Find(bram, PartyEventKind.SessionStarted);
        Say("ticket", started.Ticket.Token.Split('.').Length);
        var end = new CompleteSessionInput { SessionId = started.Session.Id, Outcome = "the dragon sleeps" };
        TestPlayer.Granted(await ada.Lobby.CompleteSessionAsync(end));
        TestPlayer.Granted(await bram.Lobby.LeavePartyAsync(new PartyActionInput { PartyId = party.Id }));
        await ada.UntilAsync(() => Find(ada, PartyEventKind.MemberLeft) != null, "the end of the party");
        await bram.UntilAsync(() => bram.Stream.End != null, "the end of the stream");
        Say("outcome", Find(ada, PartyEventKind.SessionEnded).Session.Outcome);
        Say("end", bram.Stream.End.Reason);
    }

    private static PartyEvent Find(TestPlayer player, PartyEventKind kind)
    {
        return player.Received.LastOrDefault(happened => happened.Kind == kind);
    }

    private static IEnumerable<string> Texts(TestPlayer player)
    {
        return player.Received.Where(each => each.Kind == PartyEventKind.MessagePosted).Select(each => each.Text);
    }

    private static void Say(string name, object value)
    {
        Console.WriteLine(name + "=" + value);
    }
}
