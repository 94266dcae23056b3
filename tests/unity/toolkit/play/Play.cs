using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Threading;
using AdventureBotLobby;
using AdventureBotLobby.Editor;
using AdventureBotLobby.UIToolkitSample;
using UnityEngine;
using UnityEngine.UIElements;

/// <summary>Plays three screens of the UI Toolkit sample with their buttons: <c>Play URL UXML</c>. Prints lines of NAME=VALUE.</summary>
internal static class Play
{
    private static readonly Frames _frames = new Frames();
    private static readonly LobbyWindow _window = new LobbyWindow();

    private static void Main(string[] arguments)
    {
        SynchronizationContext.SetSynchronizationContext(_frames);
        UIDocument.Load = () => UxmlTree.Load(arguments[1]);
        var ada = new TestView(_frames, arguments[0], "Ada", 7811);
        var bram = new TestView(_frames, arguments[0], "Bram", 7812);
        var cleo = new TestView(_frames, arguments[0], "Cleo", 7813);
        foreach (TestView each in new[] { ada, bram, cleo }) each.UntilSeen("Parties");
        Browse(ada, bram);
        Party(ada, bram);
        Invite(ada, cleo);
        Run(ada, bram, cleo);
        Fail(ada, bram, cleo);
        End(ada, bram, cleo);
        Settings();
        Leave.With(0);
    }

    private static void Browse(TestView ada, TestView bram)
    {
        ada.Type("create-name", "Into the dark");
        ada.Type("password", "open sesame");
        ada.Choose("create-difficulty", "Normal");
        ada.Choose("create-teams", "2");
        ada.Click("Create");
        ada.UntilSeen("Into the dark, Coop, Normal");
        bram.UntilSeen("Into the dark, Coop, Normal   1/8   (password)");
        bram.Root.Q<Toggle>("filter-open").value = true;
        bram.UntilGone("Into the dark");
        bram.Root.Q<Toggle>("filter-open").value = false;
        bram.Type("filter-name", "the sea");
        bram.Choose("filter-difficulty", "Hard");
        bram.UntilGone("Into the dark");
        bram.Type("filter-name", "the dark");
        bram.Choose("filter-difficulty", "Normal");
        bram.ClickBeside("Into the dark", "Join");
        bram.UntilSeen("The party needs a password.");
        Print("refused", bram.Text("message"));
        ada.Click("Link");
        ada.UntilSeen("https://");
        bram.Type("code", ada.Text("party-link"));
        bram.Type("password", "open sesame");
        bram.Click("Join");
        bram.UntilSeen("Bram   no class yet");
        Print("by-link", ada.Text("party-link").EndsWith(ada.Text("party-code")) + "/" + ada.Text("party-code").Length);
    }

    private static void Party(TestView ada, TestView bram)
    {
        ada.Click("Knight");
        bram.Click("Wizard");
        bram.Click("Team 1");
        ada.UntilSeen("Bram   Wizard   team 1");
        bram.Type("chat-text", "hello");
        bram.Click("Send");
        ada.UntilSeen("Bram: hello");
        ada.Click("Start");
        ada.UntilSeen("Nobody is in team 2.");
        Print("own", string.Join(",", Shown(ada, "own")));
    }

    private static void Invite(TestView ada, TestView cleo)
    {
        string id = cleo.View.Presenter.PlayerId;
        ada.Type("invite-id", id);
        ada.Click("Invite");
        cleo.UntilSeen("Ada invites you to Into the dark");
        ada.UntilSeen("Player " + id.Substring(id.Length - 4));
        Print("invited", ada.Text("invited").Length);
        cleo.Click("Accept");
        cleo.UntilSeen("Cleo   no class yet");
        ada.UntilSeen("Cleo   no class yet");
    }

    private static void Run(TestView ada, TestView bram, TestView cleo)
    {
        bram.Click("ready");
        cleo.Click("ready");
        ada.UntilSeen("Cleo   no class yet   team 2   ready");
        ada.UntilSeen("Bram   Wizard   team 1   ready");
        ada.Click("start");
        bram.UntilSeen("Starts in ");
        foreach (TestView each in new[] { ada, bram, cleo }) each.UntilSeen("Loading, 0 of 3");
        foreach (TestView each in new[] { ada, bram, cleo }) each.Click("loaded");
        ada.UntilSeen("In the dungeon, as its host");
        bram.UntilSeen("In the dungeon");
        cleo.UntilSeen("In the dungeon");
        Print("roles", ada.Network.Role + "/" + bram.Network.Role + "/" + cleo.Network.Role);
        cleo.Click("leave-run");
        cleo.UntilSeen("You have left the dungeon.");
        cleo.Click("come-back");
        cleo.UntilSeen("In the dungeon");
        Print("came-back", cleo.Network.Role);
    }

    private static void Fail(TestView ada, TestView bram, TestView cleo)
    {
        Draw(null);
        Print("window", GUILayout.Drawn.Count(each => each.Contains("party stream Into the dark")) + " streams/" + GUILayout.Drawn.Any(each => each.Contains("SessionStarted")));
        bram.Network.Cut();
        bram.UntilSeen("The dungeon is out of reach. Trying again.");
        bram.UntilSeen("In the dungeon");
        Draw("Cut the sockets");
        bram.UntilSeen("The connection is lost. Your seat is kept.");
        bram.UntilSeen("In the dungeon");
        Draw("Cut the network");
        bram.Click("Knight");
        for (int each = 0; each < 100; each++) _frames.Run(System.Threading.Tasks.Task.Delay(5).ContinueWith(_ => 0));
        Print("cut", LobbyDiagnostics.IsNetworkCut + "/" + bram.View.Presenter.IsBusy);
        Draw("Put the network back");
        ada.UntilSeen("Bram   Knight");
        ada.UntilSeen("In the dungeon, as its host");
        IEnumerable<string> since = LobbyDiagnostics.Lines.SkipWhile(each => !each.EndsWith("The network is cut."));
        Func<bool> isNoticed = () => since.Any(each => each.EndsWith("MemberConnectionChanged"));
        _frames.Until(isNoticed, () => "that the server has noticed it in " + string.Join("; ", since));
        Print("resumed", since.Any(each => each.EndsWith("The network is back.")));
        ada.Network.Fail();
        _frames.Until(() => bram.View.Presenter.Party.Run.Host != null || cleo.View.Presenter.Party.Run.Host != null, () => "another host");
        ada.UntilSeen("In the dungeon");
        _frames.Until(() => ada.Network.Role == "client", () => "Ada as a client");
        Print("host-changed", ada.Text("party-status"));
    }

    private static void End(TestView ada, TestView bram, TestView cleo)
    {
        TestView host = bram.View.Presenter.Party.Run.Host != null ? bram : cleo;
        host.UntilSeen("In the dungeon, as its host");
        host.Click("complete");
        foreach (TestView each in new[] { ada, bram, cleo }) each.UntilGone("In the dungeon");
        foreach (TestView each in new[] { ada, bram, cleo }) each.Click("leave");
        foreach (TestView each in new[] { ada, bram, cleo }) each.UntilSeen("Parties");
        foreach (TestView each in new[] { ada, bram, cleo }) each.Close();
        Print("closed", LobbyDiagnostics.Connections.Count);
    }

    private static void Settings()
    {
        var settings = ScriptableObject.CreateInstance<LobbySettings>();
        settings.AttemptsMax = 3;
        settings.TotalSeconds = 20;
        settings.LogLevel = LobbyLogLevel.Debug;
        LobbyOptions options = settings.Options();
        Print("settings", options.Url + "/" + options.Retries.AttemptsMax + "/" + options.Retries.TotalTime.TotalSeconds + "/" + options.LogLevel);
        settings.TotalSeconds = 90;
        Print("bad-total", settings.Problem);
        settings.Url = "lobby.example.com";
        try
        {
            settings.Options();
        }
        catch (ArgumentException error)
        {
            Print("bad-url", error.Message.Split('\n', '(')[0].Trim());
        }
    }

    /// <summary>Draws the editor's window once, with a click on one of its buttons.</summary>
    private static void Draw(string clicked)
    {
        GUILayout.Drawn.Clear();
        GUILayout.Clicked = clicked;
        typeof(LobbyWindow).GetMethod("OnGUI", BindingFlags.Instance | BindingFlags.NonPublic).Invoke(_window, null);
        GUILayout.Clicked = null;
    }

    private static IEnumerable<string> Shown(TestView view, string className)
    {
        return view.Root.Q<ScrollView>("members").Children().Where(each => each.GetClasses().Contains(className)).OfType<Label>()
            .Select(each => each.text);
    }

    private static void Print(string name, object value)
    {
        Console.WriteLine(name + "=" + value);
    }
}
