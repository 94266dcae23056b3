using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using AdventureBotLobby;
using AdventureBotLobby.Hosting;
using AdventureBotLobby.Netcode;
using Unity.Netcode;
using Unity.Netcode.Transports.UTP;
using UnityEngine;

/// <summary>One player's game: a client of the lobby, and Netcode.</summary>
internal sealed class TestGame
{
    public readonly LobbyClient Lobby;
    public readonly LobbyConnection Connection;
    public readonly NetworkManager Network;
    public readonly List<string> Troubles = new List<string>();
    private readonly NetcodeOptions _netcode;

    public TestGame(string url, string name, ushort port, string protocol, string certificate)
    {
        Name = name;
        Lobby = new LobbyClient(new LobbyOptions(url) { Profile = name });
        Connection = new LobbyConnection(Lobby);
        var home = new GameObject(name, typeof(NetworkManager), typeof(UnityTransport));
        Network = home.GetComponent<NetworkManager>();
        Transport = home.GetComponent<UnityTransport>();
        _netcode = new NetcodeOptions { Manager = Network, HostPort = port, HostAddress = "localhost", HostProtocol = protocol };
        _netcode.HostCertificate = _netcode.HostPrivateKey = certificate;
    }

    public string Name { get; private set; }

    public UnityTransport Transport { get; private set; }

    public GameRun Run { get; private set; }

    public PartyStream Stream { get; private set; }

    /// <summary>What the game has loaded when it began to host; null for a new run.</summary>
    public string Loaded { get; private set; }

    public bool HasLoaded { get; private set; }

    public string Ticket
    {
        get { return Encoding.UTF8.GetString(Network.NetworkConfig.ConnectionData); }
    }

    public void UseRelay()
    {
        _netcode.Relay = new TestRelay();
    }

    public void Enter(LobbyParty party)
    {
        if (Run != null) Run.Dispose();
        if (Stream != null) Stream.Dispose();
        Stream = Connection.WatchParty(party);
        var run = new GameRunOptions { Host = new RunHostOptions { AbsenceMax = TimeSpan.FromSeconds(6) } };
        Run = LobbyNetcode.Play(Lobby, Connection, Stream, _netcode, run);
        Run.Trouble += Troubles.Add;
        Run.HostingBegan += Load;
    }

    /// <summary>The names of the players in the game of this host, in the order of the names.</summary>
    public string Players(IEnumerable<TestGame> games)
    {
        IEnumerable<string> names = games.Where(each => Run.Host.Players.Contains(each.Lobby.Player.Id)).Select(each => each.Name);
        return string.Join(",", names.OrderBy(name => name));
    }

    public override string ToString()
    {
        return Name + " " + Run.State + " (" + string.Join("; ", Troubles) + ")";
    }

    private async void Load(RunHost host)
    {
        HasLoaded = false;
        Loaded = await host.LoadCheckpointAsync();
        HasLoaded = true;
    }
}
