using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading;
using AdventureBotLobby;
using AdventureBotLobby.Netcode;
using AdventureBotLobby.Sample;
using Unity.Netcode;
using Unity.Netcode.Transports.UTP;
using UnityEngine;

/// <summary>Plays two screens of the sample with their buttons. Prints what they showed as lines of NAME=VALUE.</summary>
internal static class Play
{
    private static readonly ScreenDriver _hand = new ScreenDriver();
    private static readonly Dictionary<GameObject, LobbyScreen> _screens = new Dictionary<GameObject, LobbyScreen>();
    private static readonly Dictionary<GameObject, NetworkManager> _networks = new Dictionary<GameObject, NetworkManager>();

    private static void Main(string[] arguments)
    {
        SynchronizationContext.SetSynchronizationContext(_hand);
        GameObject ada = Screen(arguments[0], "Ada", 7777);
        GameObject bram = Screen(arguments[0], "Bram", 7797);
        Gather(ada, bram);
        Prepare(ada, bram);
        Start(ada, bram);
        ChangeHost(ada, bram);
        Click(bram, "Leave");
        _hand.Until(() => !ScreenDriver.Seen(ada).Any(text => text.StartsWith("Bram   ")), () => "Ada alone");
        // The run goes on, and Ada is asked to host it again.
        _hand.UntilSeen(ada, "Into the dungeon, as its host.");
        _hand.UntilSeen(bram, "Parties");
        Print("back", "True");
        Leave.With(0);
    }

    /// <summary>The canvas that the screen creates in its first frame.</summary>
    private static GameObject Screen(string url, string name, ushort port)
    {
        var home = new GameObject(name, typeof(NetworkManager), typeof(UnityTransport));
        var netcode = new NetcodeOptions { Manager = home.GetComponent<NetworkManager>(), HostPort = port };
        var screen = home.AddComponent<LobbyScreen>();
        screen.url = url;
        screen.playerName = screen.profile = name;
        screen.NetworkFactory = () => new NetcodeNetwork(netcode);
        Engine.Frame();
        GameObject canvas = Engine.Components.OfType<Canvas>().Last().gameObject;
        _screens.Add(canvas, screen);
        _networks.Add(canvas, netcode.Manager);
        _hand.UntilSeen(canvas, "Parties");
        return canvas;
    }

    /// <summary>Clicks when the last click is done: until then the screen ignores others.</summary>
    private static void Click(GameObject canvas, string words)
    {
        _hand.Until(() => !_screens[canvas].IsBusy, () => "the response before " + words);
        _hand.Click(canvas, words);
    }

    private static void Gather(GameObject ada, GameObject bram)
    {
        ScreenDriver.Type(ada, "Party name", "Into the dark");
        ScreenDriver.Type(ada, "Password, if any", "open sesame");
        Click(ada, "Easy");
        Click(ada, "Create");
        _hand.UntilSeen(ada, "Into the dark, Coop, Normal   code ");
        _hand.UntilSeen(bram, "Into the dark (1/8) *");
        Click(bram, "Into the dark");
        _hand.UntilSeen(bram, "The party needs");
        Print("refused", ScreenDriver.Seen(bram).First(text => text.StartsWith("The party")));
        ScreenDriver.Type(bram, "Password, if any", "open sesame");
        Click(bram, "Into the dark");
        _hand.UntilSeen(bram, "Bram   no class yet");
        _hand.UntilSeen(ada, "Bram   no class yet");
        Print("gathered", "True");
    }

    private static void Prepare(GameObject ada, GameObject bram)
    {
        Click(ada, "Knight");
        Click(bram, "Wizard");
        _hand.UntilSeen(bram, "Bram   Wizard");
        Click(ada, "Start");
        _hand.UntilSeen(ada, "Not every member is ready.");
        Click(bram, "Ready");
        _hand.UntilSeen(ada, "Bram   Wizard   ready");
        Print("members", string.Join(", ", ScreenDriver.Seen(ada).Where(text => text.Contains("   ") && !text.Contains("code"))));
        Print("only-the-leader-starts", ScreenDriver.Seen(bram).Contains("Start") ? "False" : "True");
    }

    private static void Start(GameObject ada, GameObject bram)
    {
        Click(ada, "Start");
        _hand.UntilSeen(bram, "Starts in ");
        _hand.UntilSeen(ada, "Into the dungeon, as its host.");
        _hand.UntilSeen(bram, "Into the dungeon.");
        NetworkManager network = _networks[bram];
        var transport = network.GetComponent<UnityTransport>();
        Print("endpoint", network.Role + "/" + transport.Address + "/" + (transport.Port == Port(ada)));
        Print("ticket-parts", Encoding.UTF8.GetString(network.NetworkConfig.ConnectionData).Split('.').Length.ToString());
    }

    /// <summary>Ada's game can host no longer: Bram's screen hosts the run, and Ada's follows.</summary>
    private static void ChangeHost(GameObject ada, GameObject bram)
    {
        LobbyClient lobby = _screens[ada].Lobby;
        var asked = lobby.MyPartyAsync();
        _hand.Until(() => asked.IsCompleted, () => "Ada's party");
        var yielded = lobby.YieldHostAsync(new SessionActionInput { SessionId = asked.Result.Session.Id });
        _hand.UntilSeen(bram, "Into the dungeon, as its host.");
        _hand.UntilSeen(ada, "Into the dungeon.");
        Print("new-host", _networks[ada].Role + "/" + (Port(ada) == Port(bram)) + "/" + yielded.Result.IsRejected);
    }

    private static ushort Port(GameObject canvas)
    {
        return _networks[canvas].GetComponent<UnityTransport>().Port;
    }

    private static void Print(string name, string value)
    {
        Console.WriteLine(name + "=" + value);
    }
}
