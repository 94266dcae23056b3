using System.Linq;
using System.Threading.Tasks;
using AdventureBotLobby;

/// <summary>Ada and Bram form a party, play and leave, over HTTP alone.</summary>
public static class Journey
{
    public static async Task PlayAsync(string url)
    {
        LobbyClient ada = await Guests.SignedInAsync(url, "Ada");
        LobbyClient bram = await Guests.SignedInAsync(url, "Bram \"the\" Bård \ud83d\udc09");
        Program.Say("bram", (await bram.MeAsync()).DisplayName);
        ServerInfo server = await ada.ServerInfoAsync();
        Program.Say("difficulties", string.Join(",", server.Difficulties));

        LobbyParty party = await GatherAsync(ada, bram);
        LobbySession session = await StartAsync(ada, bram, party);
        await PlayAsync(ada, bram, session);
        await PartAsync(ada, bram, party);
    }

    private static async Task<LobbyParty> GatherAsync(LobbyClient ada, LobbyClient bram)
    {
        var settings = new PartySettingsInput { Name = "Into the dark", CountdownSeconds = 0, Password = "secret" };
        LobbyParty party = (await ada.CreatePartyAsync(new CreatePartyInput { Settings = settings, CharacterClass = "Knight" })).Value.Party;
        Program.Say("created", party.Settings.Name + "/" + party.State + "/" + party.Members.Single().CharacterClass);

        PartyConnection list = await bram.PartiesAsync(new PartyFilter { NameContains = "the dark" }, PartySort.Newest);
        PartyListing line = list.Nodes.First(each => each.Id == party.Id);
        Program.Say("listed", line.Settings.Name + " (" + line.MemberCount + "/" + line.Settings.MaxMembers + ")");

        var join = new JoinPartyInput { JoinCode = party.JoinCode.ToLowerInvariant(), Password = "wrong" };
        LobbyRejection no = (await bram.JoinByCodeAsync(join)).Rejection;
        Program.Say("refused", no.Code + "/" + no.Field + "/" + no.AttemptsLeft);
        join.Password = "secret";
        LobbyParty joined = (await bram.JoinByCodeAsync(join)).Value.Party;
        Program.Say("joined", string.Join(",", joined.Members.Select(member => member.Player.DisplayName)));
        return joined;
    }

    private static async Task<LobbySession> StartAsync(LobbyClient ada, LobbyClient bram, LobbyParty party)
    {
        var start = new StartSessionInput { PartyId = party.Id };
        LobbyRejection no = (await ada.StartSessionAsync(start)).Rejection;
        Program.Say("not-ready", no.Code + "/" + no.Current.Members.Count);
        await bram.UpdateMemberAsync(new UpdateMemberInput { PartyId = party.Id, CharacterClass = "Bard" });
        var ready = new SetReadyInput { PartyId = party.Id, Ready = true, SettingsVersion = party.Settings.Version };
        Program.Say("ready", (await bram.SetReadyAsync(ready)).Value.Party.Members[1].Ready);
        SessionChanged started = (await ada.StartSessionAsync(start)).Value;
        while ((await bram.MyPartyAsync()).State != PartyState.InProgress) await Task.Delay(20);
        return started.Session;
    }

    private static async Task PlayAsync(LobbyClient ada, LobbyClient bram, LobbySession session)
    {
        var endpoint = new EndpointInput { Protocol = "udp", Address = "10.0.0.9", Port = 7777 };
        await ada.UpdateSessionAsync(new UpdateSessionInput { SessionId = session.Id, Floor = 3, Endpoint = endpoint });
        SessionChanged entered = (await bram.JoinSessionAsync(new SessionActionInput { SessionId = session.Id })).Value;
        Program.Say("endpoint", entered.Session.Endpoint.Address + ":" + entered.Session.Endpoint.Port);
        Program.Say("ticket", entered.Ticket.Token.Split('.').Length);
        LobbySession seen = await bram.SessionAsync(session.Id);
        Program.Say("session", seen.Status + "/" + seen.Floor + "/" + seen.Party.Settings.Name + "/" + seen.Players.Count);
        Program.Say("running", (await ada.SessionsAsync()).Nodes.Any(each => each.Id == session.Id));
        var complete = new CompleteSessionInput { SessionId = session.Id, Outcome = "the dragon sleeps" };
        Program.Say("completed", (await ada.CompleteSessionAsync(complete)).Value.Session.Outcome);
    }

    private static async Task PartAsync(LobbyClient ada, LobbyClient bram, LobbyParty party)
    {
        await bram.LeavePartyAsync(new PartyActionInput { PartyId = party.Id });
        Program.Say("left", await bram.MyPartyAsync() == null);
        var history = await ada.PartyHistoryAsync(party.Id);
        Program.Say("kinds", string.Join(",", history.Select(each => each.Kind).Distinct()));
        Program.Say("holes", history.Where((each, at) => each.Seq != at + 1).Count());
        PartyEvent gone = history.Last();
        Program.Say("last", gone.Kind + "/" + gone.Player.Id + "/" + gone.LeaveReason);
        Program.Say("bram-id", bram.Player.Id);
        Program.Say("disbanded", (await ada.DisbandPartyAsync(new PartyActionInput { PartyId = party.Id })).Value.Party.State);
        Program.Say("nobodys", await ada.PartyAsync("00000000-0000-0000-0000-000000000000") == null);
    }
}
