using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading;
using AdventureBotLobby;
using AdventureBotLobby.Sample;
using Unity.Netcode;
using Unity.Netcode.Transports.UTP;
using UnityEngine;

/// <summary>Plays two screens of the sample with their buttons. Prints what they showed as lines of NAME=VALUE.</summary>
internal static class Play
{
    private static readonly ScreenDriver _hand = new ScreenDriver();
    private static readonly Dictionary<GameObject, LobbyScreen> _screens = new Dictionary<GameObject, LobbyScreen>();

    private static void Main(string[] arguments)
    {
        SynchronizationContext.SetSynchronizationContext(_hand);
        NetworkManager.IsShared = true;
        var network = new GameObject("Network", typeof(NetworkManager), typeof(UnityTransport));
        GameObject ada = Screen(arguments[0], "Ada");
        GameObject bram = Screen(arguments[0], "Bram");
        Gather(ada, bram);
        Prepare(ada, bram);
        Start(ada, bram, network);
        ChangeHost(bram, network);
        Click(bram, "Leave");
        _hand.Until(() => !ScreenDriver.Seen(ada).Any(text => text.StartsWith("Bram   ")), () => "Ada alone");
        // The run goes on, and Ada is asked to host it again.
        _hand.UntilSeen(ada, "Into the dungeon, as its host.");
        _hand.UntilSeen(bram, "Parties");
        Print("back", "True");
        Leave.With(0);
    }

    /// <summary>The canvas that the screen creates in its first frame.</summary>
    private static GameObject Screen(string url, string name)
    {
        var screen = new GameObject(name).AddComponent<LobbyScreen>();
        screen.url = url;
        screen.playerName = screen.profile = name;
        Engine.Frame();
        GameObject canvas = Engine.Components.OfType<Canvas>().Last().gameObject;
        _screens.Add(canvas, screen);
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

    private static void Start(GameObject ada, GameObject bram, GameObject network)
    {
        var manager = network.GetComponent<NetworkManager>();
        Click(ada, "Start");
        _hand.UntilSeen(bram, "Starts in ");
        _hand.UntilSeen(ada, "Into the dungeon, as its host.");
        _hand.UntilSeen(bram, "In the dungeon");
        _hand.Until(() => manager.Role == "client", () => "Bram's client");
        var transport = network.GetComponent<UnityTransport>();
        Print("endpoint", transport.Address + ":" + transport.Port);
        Print("ticket-parts", Encoding.UTF8.GetString(manager.NetworkConfig.ConnectionData).Split('.').Length.ToString());
    }

    /// <summary>Ada's game can host no longer: Bram's screen hosts the run, and reports where.</summary>
    private static void ChangeHost(GameObject bram, GameObject network)
    {
        LobbyClient ada = _screens.Values.First(each => each.playerName == "Ada").Lobby;
        _screens[bram].hostPort = 7778;
        var asked = ada.MyPartyAsync();
        _hand.Until(() => asked.IsCompleted, () => "Ada's party");
        var yielded = ada.YieldHostAsync(new SessionActionInput { SessionId = asked.Result.Session.Id });
        _hand.UntilSeen(bram, "Into the dungeon, as its host.");
        _hand.Until(() => network.GetComponent<UnityTransport>().Port == 7778, () => "the new host's port");
        var again = ada.MyPartyAsync();
        _hand.Until(() => again.IsCompleted, () => "Ada's party");
        _hand.Until(() => network.GetComponent<NetworkManager>().Role == "client", () => "Ada's client of the new host");
        Print("new-host", network.GetComponent<UnityTransport>().Port + "/" + yielded.Result.IsRejected);
    }

    private static void Print(string name, string value)
    {
        Console.WriteLine(name + "=" + value);
    }
}
