using System;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using AdventureBotLobby;
using AdventureBotLobby.Hosting;
using Unity.Netcode;
using Unity.Netcode.Transports.UTP;
using UnityEngine;

/// <summary>Three players go from a party into a run, change the host, and continue the run later. Prints lines of NAME=VALUE.</summary>
internal static class Play
{
    private static readonly Frames _frames = new Frames();
    private static TestGame _ada;
    private static TestGame _bram;
    private static TestGame _cleo;
    private static TestGame[] _all;

    private static void Main(string[] arguments)
    {
        SynchronizationContext.SetSynchronizationContext(_frames);
        _ada = new TestGame(arguments[0], "Ada", 7801, "ws", null);
        _bram = new TestGame(arguments[0], "Bram", 7821, "wss", null);
        _cleo = new TestGame(arguments[0], "Cleo", 7841, "wss", "a certificate");
        _all = new[] { _ada, _bram, _cleo };
        foreach (TestGame each in _all) _frames.Run(each.Lobby.SignInAsGuestAsync(each.Name));
        // As a second editor would, another program has the first port.
        var other = new TcpListener(IPAddress.Any, 7801);
        other.Start();
        Gather();
        Begin();
        ShowBadTickets();
        LoseTheCable();
        TestGame host = ChangeHost();
        LeaveTheRun(host);
        GoAway(host, host == _bram ? _cleo : _bram);
        Complete(host);
        Continue(host);
        Leave.With(0);
    }

    private static void Gather()
    {
        var settings = new PartySettingsInput { Name = "Into the dark", CountdownSeconds = 0, AllowForceStart = true };
        LobbyParty party = _frames.Run(_ada.Lobby.CreatePartyAsync(new CreatePartyInput { Settings = settings })).Value.Party;
        _ada.Enter(party);
        foreach (TestGame each in new[] { _bram, _cleo })
        {
            each.Enter(_frames.Run(each.Lobby.JoinByIdAsync(new JoinPartyInput { PartyId = party.Id })).Value.Party);
        }
        Print("before", _ada.Run.State);
    }

    private static void Begin()
    {
        StartSession(_ada);
        UntilPlaying(_ada, _bram, _cleo);
        Print("host", _ada.Run.State + "/" + _ada.Network.Role + "/" + _ada.Transport.ListenAddress + "/" + _ada.Loaded);
        Print("clients", _bram.Network.Role + "/" + _bram.Transport.Address + ":" + _bram.Transport.Port + "/" + _bram.Transport.UseWebSockets);
        Print("players", _ada.Players(_all));
        string who = _ada.Run.Host.PlayerOf(_bram.Network.LocalClientId);
        Print("mapped", who == _bram.Lobby.Player.Id);
        Print("ticket-fits", _bram.Ticket.Length < 1000);
        RunHost run = _ada.Run.Host;
        Print("floor", _frames.Run(run.ReportFloorAsync(2)).Value.Session.Floor);
        Print("saved", _frames.Run(run.SaveCheckpointAsync("floor 2", "stairs")).Value.Session.Checkpoint.Label);
        try
        {
            _frames.Run(run.SaveCheckpointAsync(new string('x', RunHost.CheckpointBytesMax + 1)));
        }
        catch (ArgumentException)
        {
            Print("too-large", "refused");
        }
    }

    private static void ShowBadTickets()
    {
        string ticket = _bram.Ticket, fresh = FreshTicket(_bram);
        Print("copy", Show(ticket));
        Print("garbage", Show("garbage"));
        Print("empty", Show(""));
        Print("forged", Show(fresh.Substring(0, fresh.Length - 10) + "AAAAAAAAAA"));
        string[] parts = fresh.Split('.');
        Print("unsigned", Show(parts[0] + "." + parts[1] + "."));
        Print("changed", Show(parts[0] + "." + ticket.Split('.')[1] + "." + parts[2]));
        Print("still-in", _ada.Players(_all));
    }

    /// <summary>A stranger connects with this ticket. Returns what Netcode says to the stranger.</summary>
    private static string Show(string ticket)
    {
        var home = new GameObject("Stranger", typeof(NetworkManager), typeof(UnityTransport));
        var network = home.GetComponent<NetworkManager>();
        home.GetComponent<UnityTransport>().SetConnectionData("127.0.0.1", _ada.Transport.Port);
        network.NetworkConfig.ConnectionData = Encoding.UTF8.GetBytes(ticket);
        string said = null;
        network.OnClientDisconnectCallback += _ => said = network.DisconnectReason;
        network.OnClientConnectedCallback += _ => said = "let in";
        network.StartClient();
        _frames.Until(() => said != null, () => "an answer to a stranger");
        GameObject.Destroy(home);
        return said;
    }

    private static void LoseTheCable()
    {
        ulong before = _bram.Network.LocalClientId;
        _bram.Network.Cut();
        _frames.Until(() => _bram.Run.State == GameRunState.Reconnecting, () => "a lost connection of " + _bram);
        Print("while-away", _ada.Players(_all));
        UntilPlaying(_ada, _bram);
        Print("back", _ada.Players(_all) + "/" + (_bram.Network.LocalClientId != before));
    }

    /// <summary>
    /// Ada's game can host no longer. Bram, who is asked next, cannot host without a certificate. Returns the game that hosts then.
    /// </summary>
    private static TestGame ChangeHost()
    {
        int term = _ada.Run.Host.Term;
        RunHost old = _ada.Run.Host;
        _ada.Network.Fail();
        TestGame host = _cleo, other = _bram;
        UntilPlaying(host, other, _ada);
        _frames.Until(() => host.HasLoaded, () => "the saved state");
        Print("new-host", host.Run.State + "/" + host.Players(_all) + "/" + (host.Run.Host.Term > term));
        Print("moved", _ada.Run.State + "/" + (_ada.Transport.Port == host.Transport.Port) + "/" + (_ada.Run.Host == null));
        Print("yielded", string.Join("/", _bram.Troubles.Where(each => each.StartsWith("The game cannot host"))));
        Print("encrypted", host.Transport.Certificate + "/" + _ada.Transport.UseEncryption + "/" + _ada.Transport.ServerName);
        Print("loaded", host.Loaded);
        Print("old-host", old.IsOver + "/" + _frames.Run(old.ReportFloorAsync(9)).Rejection.Code);
        Print("next-floor", _frames.Run(host.Run.Host.ReportFloorAsync(3)).Value.Session.Floor);
        Print("saved-again", _frames.Run(host.Run.Host.SaveCheckpointAsync("floor 3", "hall")).Value.Session.Checkpoint.Label);
        return host;
    }

    private static void LeaveTheRun(TestGame host)
    {
        string gone = null;
        host.Run.Host.PlayerLeft += playerId => gone = playerId;
        var left = _ada.Run.LeaveAsync();
        _frames.Until(() => left.IsCompleted && gone != null, () => "that Ada leaves " + host);
        Print("left", _ada.Run.State + "/" + (gone == _ada.Lobby.Player.Id) + "/" + host.Players(_all));
        _ada.Run.ComeBack();
        UntilPlaying(host, _ada);
        _frames.Until(() => host.Players(_all).Contains("Ada"), () => "Ada at " + host);
        Print("came-back", host.Players(_all));
    }

    /// <summary>A game ends without a word: the host waits, and then reports that its player has left. The player comes back later.</summary>
    private static void GoAway(TestGame host, TestGame other)
    {
        string gone = null;
        host.Run.Host.PlayerLeft += playerId => gone = playerId;
        other.Run.Dispose();
        _frames.Until(() => gone == other.Lobby.Player.Id, () => "the report of a player who is away");
        _frames.Until(() => host.Run.Session.Players.All(each => each.Id != gone), () => "that the lobby knows it");
        Print("away", host.Run.Session.Players.Count);
        other.Enter(_frames.Run(other.Lobby.MyPartyAsync()));
        UntilPlaying(host, other);
        _frames.Until(() => host.Run.Session.Players.Count == 3, () => "that the lobby knows that the player is back");
        Print("late", host.Players(_all));
    }

    private static void Complete(TestGame host)
    {
        _frames.Run(host.Run.Host.CompleteAsync("to be continued"));
        _frames.Until(() => _all.All(each => each.Run.State == GameRunState.Ended), Everybody);
        _frames.Until(() => _all.All(each => each.Network.Role == null), () => "closed networks");
        Print("ended", string.Join("/", _all.Select(each => each.Run.State)));
    }

    /// <summary>The last host opens the run again, with one of the others.</summary>
    private static void Continue(TestGame leader)
    {
        TestGame other = leader == _bram ? _cleo : _bram;
        LobbyRun run = _frames.Run(leader.Lobby.MyRunsAsync()).Nodes.First();
        LobbyParty party = _frames.Run(leader.Lobby.ContinueRunAsync(run)).Value.Party;
        leader.UseRelay();
        leader.Enter(party);
        var join = new JoinPartyInput { PartyId = party.Id, LeaveCurrent = true };
        LobbyResult<PartyChanged> joined = _frames.Run(other.Lobby.JoinByIdAsync(join));
        if (joined.IsRejected) Print("not-joined", joined.Rejection.Message);
        other.Enter(joined.Value.Party);
        StartSession(leader);
        _frames.Until(() => other.Troubles.Any(each => each.Contains("NetcodeOptions.Relay is not set")), () => "a refused relay");
        other.UseRelay();
        UntilPlaying(leader, other);
        _frames.Until(() => leader.HasLoaded, () => "the saved state");
        Print("continued", leader.Run.State + "/" + other.Run.State + "/" + leader.Loaded);
        Print("relay", other.Run.Session.Endpoint.Protocol + "/" + other.Run.Session.Endpoint.RelayCode);
        foreach (TestGame each in _all) each.Run.Dispose();
    }

    private static void StartSession(TestGame leader)
    {
        var start = new StartSessionInput { PartyId = leader.Stream.Party.Id, Force = true };
        LobbyResult<SessionChanged> started = _frames.Run(leader.Lobby.StartSessionAsync(start));
        if (started.IsRejected) throw new InvalidOperationException(started.Rejection.Message);
    }

    private static string FreshTicket(TestGame game)
    {
        var enter = new SessionActionInput { SessionId = game.Run.Session.Id };
        return _frames.Run(game.Lobby.JoinSessionAsync(enter)).Value.Ticket.Token;
    }

    private static void UntilPlaying(TestGame host, params TestGame[] others)
    {
        Func<bool> isPlaying = () => host.Run.State == GameRunState.Hosting && others.All(each => each.Run.State == GameRunState.Playing);
        _frames.Until(isPlaying, Everybody);
    }

    private static string Everybody()
    {
        return "everybody: " + string.Join(", ", _all.Select(each => each.ToString()));
    }

    private static void Print(string name, object value)
    {
        Console.WriteLine(name + "=" + value);
    }
}
