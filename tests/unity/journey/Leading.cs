using System.Linq;
using System.Threading.Tasks;
using AdventureBotLobby;

/// <summary>Ada uses all operations of a leader, and Bram responds.</summary>
public static class Leading
{
    public static async Task PlayAsync(string url)
    {
        LobbyClient ada = await Guests.SignedInAsync(url, "Ada");
        LobbyClient bram = await Guests.SignedInAsync(url, "Bram");
        LobbyParty party = await FoundAsync(ada, bram);
        await RuleAsync(ada, bram, party);
        await CancelAsync(ada, party);
        await HandOverAsync(ada, bram, party);
    }

    private static async Task<LobbyParty> FoundAsync(LobbyClient ada, LobbyClient bram)
    {
        var wish = new QuickJoinInput { CreateIfNone = new PartySettingsInput { Name = "Anyone", CountdownSeconds = 30 } };
        LobbyParty party = (await ada.QuickJoinAsync(wish)).Value.Party;
        Program.Say("found", (await bram.QuickJoinAsync(wish)).Value.Party.Id == party.Id);
        await bram.LeavePartyAsync(new PartyActionInput { PartyId = party.Id });
        Program.Say("by-id", (await bram.JoinByIdAsync(new JoinPartyInput { PartyId = party.Id })).Value.Party.MemberCount);
        return party;
    }

    private static async Task RuleAsync(LobbyClient ada, LobbyClient bram, LobbyParty party)
    {
        var change = new UpdatePartyInput
        {
            PartyId = party.Id,
            Settings = new PartySettingsInput { Difficulty = "Hard", GameType = LobbyGameType.Pvp },
            Attributes = new[] { new AttributeInput { Key = "map", Value = "crypt" } },
        };
        LobbyParty changed = (await ada.UpdatePartyAsync(change)).Value.Party;
        Program.Say("changed", changed.Settings.Difficulty + "/" + changed.Settings.GameType + "/" + changed.Attributes.Single().Value);
        Program.Say("not-leader", (await bram.UpdatePartyAsync(change)).Rejection.Code);
        change.IfVersion = party.Version;
        LobbyRejection stale = (await ada.UpdatePartyAsync(change)).Rejection;
        Program.Say("stale", stale.Code + "/" + (stale.Current.Version > party.Version));
        LobbyParty rotated = (await ada.RotateJoinCodeAsync(new PartyActionInput { PartyId = party.Id })).Value.Party;
        Program.Say("rotated", rotated.JoinCode != changed.JoinCode);
    }

    private static async Task CancelAsync(LobbyClient ada, LobbyParty party)
    {
        var start = new StartSessionInput { PartyId = party.Id, Force = true };
        LobbySession session = (await ada.StartSessionAsync(start)).Value.Session;
        Program.Say("starting", session.Status + "/" + ((await ada.MyPartyAsync()).StartsAt != null));
        Program.Say("cancelled", (await ada.CancelStartAsync(new PartyActionInput { PartyId = party.Id })).Value.Party.State);
        var action = new SessionActionInput { SessionId = session.Id };
        Program.Say("gone", (await ada.LeaveSessionAsync(action)).Rejection.Code);
    }

    private static async Task HandOverAsync(LobbyClient ada, LobbyClient bram, LobbyParty party)
    {
        var action = new PartyActionInput { PartyId = party.Id };
        Program.Say("claimed", (await bram.ClaimLeadershipAsync(action)).Rejection.Code);
        var promote = new PromoteMemberInput { PartyId = party.Id, PlayerId = bram.Player.Id };
        LobbyParty led = (await ada.PromoteMemberAsync(promote)).Value.Party;
        Program.Say("leader", led.Members.Single(member => member.IsLeader).Player.DisplayName);
        var kick = new KickMemberInput { PartyId = party.Id, PlayerId = ada.Player.Id };
        Program.Say("kicked", (await bram.KickMemberAsync(kick)).Value.Party.MemberCount);
        LobbyRejection no = (await ada.JoinByIdAsync(new JoinPartyInput { PartyId = party.Id })).Rejection;
        Program.Say("cooldown", no.Code + "/" + no.Retryable + "/" + (no.RetryAfterMs > 0));
    }
}
