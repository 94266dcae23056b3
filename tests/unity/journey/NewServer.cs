using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using AdventureBotLobby;

/// <summary>Ada and Bram use what a lobby has besides parties: inboxes, invites, searches, hosts, saved runs, moderation.</summary>
public static class NewServer
{
    private static readonly TimeSpan _wait = TimeSpan.FromSeconds(30);
    private static LobbyClient _ada;
    private static LobbyClient _bram;
    private static LobbyConnection _adasConnection;
    private static LobbyConnection _bramsConnection;
    private static IInboxStream _inbox;
    private static readonly List<InboxEvent> _received = new List<InboxEvent>();

    public static async Task PlayAsync(string url, string discordCode)
    {
        _ada = Guests.Of(url, "Ada");
        CredentialsGranted granted = (await _ada.SignInWithDiscordAsync(discordCode)).Value;
        Program.Say("discord", granted.Credentials.Player.DisplayName + "/" + (granted.ProviderToken != null));
        Program.Say("identities", (await _ada.MyIdentitiesAsync()).Single().Provider);
        _bram = await Guests.SignedInAsync(url, "Bram");
        var loop = new ContextLoop(SynchronizationContext.Current);
        _adasConnection = new LobbyConnection(_ada, new LobbyConnectionOptions { Loop = loop });
        _bramsConnection = new LobbyConnection(_bram, new LobbyConnectionOptions { Loop = loop });
        ILobbyConnection brams = _bramsConnection;
        _inbox = brams.WatchInbox();
        _inbox.Happened += _received.Add;
        await UntilAsync(() => _received.Count > 0, "a snapshot of the inbox");

        LobbyParty party = await InviteAsync();
        await TeamsAsync(party);
        await ModerateAsync(party);
        await HostAsync(party);
        await ContinueAsync();
        await WaitAsync();
        await SearchAsync();
        await AnnouncedAsync();
        _adasConnection.Dispose();
        _bramsConnection.Dispose();
        loop.Dispose();
    }

    private static async Task<LobbyParty> InviteAsync()
    {
        var settings = new PartySettingsInput
        {
            Name = "Into the dark", Visibility = LobbyVisibility.InviteOnly, Teams = 2, ClientVersion = "1.2.0", CountdownSeconds = 0,
            LoadWaitSeconds = 30, AllowForceStart = true,
        };
        LobbyParty party = (await _ada.CreatePartyAsync(new CreatePartyInput { Settings = settings, ClientVersion = "1.2.0" })).Value.Party;
        JoinVerdictParty known = await _bram.JoinVerdictAsync(party.Id);
        Program.Say("verdict", known == null ? "hidden" : known.JoinVerdict.Code.ToString());
        await _ada.InvitePlayerAsync(party, _bram.Player.Id);
        InboxEvent invited = await UntilAsync(InboxEventKind.InviteUpdated);
        Program.Say("invite", invited.Invite.State + "/" + invited.Invite.Party.Settings.Name + "/" + (await _bram.InvitesAsync()).Count);
        LobbyRejection old = (await _bram.AcceptInviteAsync(invited.Invite)).Rejection;
        Program.Say("version", old.Code + "/" + old.RequiredVersion);
        var input = new AcceptInviteInput { InviteId = invited.Invite.Id, ClientVersion = "1.2.0" };
        party = (await _bram.AcceptInviteAsync(input)).Value.Party;
        InboxEvent entered = await UntilAsync(InboxEventKind.MembershipChanged);
        Program.Say("entered", entered.Party.Id == party.Id);
        return party;
    }

    private static async Task TeamsAsync(LobbyParty party)
    {
        Program.Say("teams", string.Join("/", party.Members.Select(member => member.Team)));
        LobbyParty moved = (await _bram.SetTeamAsync(party, 1)).Value.Party;
        Program.Say("moved", moved.Find(_bram.Player.Id).Team);
        LobbyParty shuffled = (await _ada.ShuffleTeamsAsync(new PartyActionInput { PartyId = party.Id })).Value.Party;
        Program.Say("shuffled", shuffled.Members.Select(member => member.Team).Distinct().Count());
    }

    private static async Task ModerateAsync(LobbyParty party)
    {
        await _ada.MuteMemberAsync(party, _bram.Player.Id, true);
        var words = new PostMessageInput { PartyId = party.Id, Text = "can you hear me" };
        Program.Say("muted", (await _bram.PostMessageAsync(words)).Rejection.Code);
        await _ada.MuteMemberAsync(party, _bram.Player.Id, false);
        Program.Say("unmuted", (await _bram.PostMessageAsync(words)).IsRejected ? "no" : "yes");
        Program.Say("reported", (await _ada.ReportPlayerAsync(party, _bram.Player.Id, "rude")).Value.ReportId != null);
        await _bram.BlockPlayerAsync(new BlockPlayerInput { PlayerId = _ada.Player.Id });
        Program.Say("blocked", (await _bram.BlockedPlayersAsync()).Count);
        await _bram.UnblockPlayerAsync(new BlockPlayerInput { PlayerId = _ada.Player.Id });
    }

    private static async Task HostAsync(LobbyParty party)
    {
        PartyStream stream = _bramsConnection.WatchParty(party.Id);
        PartyEvent started = null, go = null, lost = null, changed = null;
        stream.SessionStarted += happened => started = happened;
        stream.SessionGo += happened => go = happened;
        stream.HostLost += happened => lost = happened;
        stream.HostChanged += happened => changed = happened;
        await UntilAsync(() => stream.State == StreamState.Live, "a live stream");
        await _ada.StartSessionAsync(new StartSessionInput { PartyId = party.Id, Force = true });
        await UntilAsync(() => started != null, "the start");
        LobbySession session = started.Session;
        Program.Say("seed", session.Seed != null);
        var endpoint = new EndpointInput { Protocol = "udp", Address = "10.0.0.9", Port = 7777 };
        int term = session.Host.Term;
        await _ada.ReportEndpointAsync(new UpdateSessionInput { SessionId = session.Id, HostTerm = term, Endpoint = endpoint });
        SessionChanged entered = (await _bram.JoinSessionAsync(new SessionActionInput { SessionId = session.Id })).Value;
        string ticket = entered.Ticket.Token;
        foreach (string each in new[] { "spent", "again" })
        {
            var spend = new SpendTicketInput { SessionId = session.Id, HostTerm = term, Ticket = ticket };
            Program.Say(each, Outcome(await _ada.HostSpendTicketAsync(spend)));
        }
        string[] both = { _ada.Player.Id, _bram.Player.Id };
        var report = new ReportPlayersInput { SessionId = session.Id, HostTerm = term, Entered = both };
        var inside = (await _ada.HostReportPlayersAsync(report)).Value;
        Program.Say("inside", inside.Session.Players.Count);
        await _ada.MarkLoadedAsync(session);
        await _bram.MarkLoadedAsync(session);
        await UntilAsync(() => go != null, "the beginning of play");
        Program.Say("go", go.Missing.Count + "/" + (go.Session.GoAt != null));
        var saved = new SaveCheckpointInput { SessionId = session.Id, HostTerm = term, Data = "floor 3", Label = "stairs" };
        Program.Say("saved", (await _ada.SaveCheckpointAsync(saved)).Value.Session.Checkpoint.Label);
        await _ada.YieldHostAsync(new SessionActionInput { SessionId = session.Id });
        await UntilAsync(() => lost != null, "the loss of the host");
        Program.Say("candidate", lost.Candidate.DisplayName + "/" + lost.HostTerm);
        await _bram.ReportEndpointAsync(new UpdateSessionInput { SessionId = session.Id, HostTerm = lost.HostTerm, Endpoint = endpoint });
        await UntilAsync(() => changed != null, "the new host");
        Program.Say("host", changed.Session.Host.Player.DisplayName + "/" + (changed.Ticket != null));
        await _bram.CompleteSessionAsync(new CompleteSessionInput { SessionId = session.Id, Outcome = "to be continued", HostTerm = lost.HostTerm });
    }

    private static async Task ContinueAsync()
    {
        LobbyRun run = (await _ada.MyRunsAsync()).Nodes.First();
        Program.Say("run", run.Outcome + "/" + run.Checkpoint.Label + "/" + await _ada.CheckpointDataAsync(run.SessionId));
        LobbyParty party = (await _ada.ContinueRunAsync(run)).Value.Party;
        Program.Say("reserved", party.Reservations.Single().Player.DisplayName);
        await _ada.DisbandPartyAsync(new PartyActionInput { PartyId = party.Id });
    }

    private static async Task WaitAsync()
    {
        await LeaveAsync(_bram);
        var settings = new PartySettingsInput { Name = "Full", MaxMembers = 1 };
        LobbyParty party = (await _ada.CreatePartyAsync(new CreatePartyInput { Settings = settings })).Value.Party;
        LobbyParty waited = (await _bram.JoinOrWaitAsync(party.Id)).Value.Party;
        InboxEvent waiting = await UntilAsync(InboxEventKind.WaitingUpdated);
        Program.Say("waiting", waited.Waiting.Count + "/" + waiting.IsWaiting);
        await _bram.StopWaitingAsync(new PartyActionInput { PartyId = party.Id });
        Program.Say("verdicts", (await _bram.JoinVerdictAsync(party.Id)).JoinVerdict.Code);
        await LeaveAsync(_ada);
    }

    private static async Task SearchAsync()
    {
        var criteria = new SearchCriteria { GameType = LobbyGameType.Coop, Size = 2 };
        LobbyParty adas = (await _ada.CreatePartyAsync(new CreatePartyInput())).Value.Party;
        LobbyParty brams = (await _bram.CreatePartyAsync(new CreatePartyInput())).Value.Party;
        await _ada.StartSearchAsync(adas, criteria);
        await _bram.StartSearchAsync(brams, criteria);
        Func<InboxEvent, bool> isProposed = each => each.Search != null && each.Search.State == SearchState.Proposed;
        await UntilAsync(() => _received.Any(isProposed), "a match");
        LobbySearch match = _received.Last(isProposed).Search;
        await _ada.AcceptMatchAsync(new SearchActionInput { SearchId = (await _ada.MyPartyAsync()).Search.Id });
        await _bram.AcceptMatchAsync(new SearchActionInput { SearchId = match.Id });
        while ((await _bram.MyPartyAsync()).MemberCount < 2) await Task.Delay(20);
        Program.Say("matched", "True");
    }

    /// <summary>A moderator announces something again and again, until this program ends.</summary>
    private static async Task AnnouncedAsync()
    {
        LobbyParty party = await _bram.MyPartyAsync();
        PartyStream stream = _bramsConnection.WatchParty(party);
        string words = null;
        stream.Announcement += happened => words = happened.Text;
        InboxEvent told = await UntilAsync(InboxEventKind.Announced);
        await UntilAsync(() => words != null, "an announcement in the party");
        ServerInfo server = await _ada.ServerInfoAsync();
        Program.Say("announced", told.Text + "/" + words + "/" + server.Maintenance.Text);
    }

    private static async Task LeaveAsync(ILobbyClient lobby)
    {
        LobbyParty party = await lobby.MyPartyAsync();
        if (party != null) await lobby.LeavePartyAsync(new PartyActionInput { PartyId = party.Id });
    }

    private static string Outcome<T>(LobbyResult<T> result) where T : class
    {
        return result.IsRejected ? result.Rejection.Code.ToString() : "yes";
    }

    private static async Task<InboxEvent> UntilAsync(InboxEventKind kind)
    {
        await UntilAsync(() => _received.Any(each => each.Kind == kind), "the event " + kind);
        return _received.Last(each => each.Kind == kind);
    }

    private static async Task UntilAsync(Func<bool> holds, string what)
    {
        Stopwatch waited = Stopwatch.StartNew();
        while (!holds())
        {
            if (waited.Elapsed > _wait) throw new TimeoutException("waited in vain for " + what);
            await Task.Delay(10);
        }
    }
}
