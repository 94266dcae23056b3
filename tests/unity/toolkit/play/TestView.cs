using System;
using System.Collections.Generic;
using System.Linq;
using AdventureBotLobby;
using AdventureBotLobby.Netcode;
using AdventureBotLobby.UIToolkitSample;
using Unity.Netcode;
using Unity.Netcode.Transports.UTP;
using UnityEngine;
using UnityEngine.UIElements;

/// <summary>One player with a screen, who reads, types and clicks.</summary>
internal sealed class TestView
{
    private readonly Frames _frames;
    private readonly GameObject _home;

    public TestView(Frames frames, string url, string name, ushort port)
    {
        _frames = frames;
        var settings = ScriptableObject.CreateInstance<LobbySettings>();
        settings.Url = url;
        settings.Profile = name;
        _home = new GameObject(name, typeof(UIDocument), typeof(NetworkManager), typeof(UnityTransport));
        Network = _home.GetComponent<NetworkManager>();
        var netcode = new NetcodeOptions { Manager = Network, HostPort = port };
        View = _home.AddComponent<LobbyView>();
        View.settings = settings;
        View.playerName = name;
        View.NewNetwork = () => new NetcodeNetwork(netcode);
        Root = _home.GetComponent<UIDocument>().rootVisualElement;
    }

    public LobbyView View { get; private set; }

    public VisualElement Root { get; private set; }

    public NetworkManager Network { get; private set; }

    /// <summary>The texts that the player sees, from top to bottom.</summary>
    public IEnumerable<string> Seen
    {
        get { return Shown(Root).OfType<TextElement>().Select(each => each.text).Where(each => !string.IsNullOrEmpty(each)); }
    }

    public void UntilSeen(string words)
    {
        _frames.Until(() => Seen.Any(each => each.StartsWith(words)), () => words + " on a screen with " + string.Join("|", Seen));
    }

    public void UntilGone(string words)
    {
        _frames.Until(() => !Seen.Any(each => each.StartsWith(words)), () => "the end of " + words);
    }

    public void Type(string name, string words)
    {
        Root.Q<TextField>(name).value = words;
    }

    public void Choose(string name, string choice)
    {
        var field = Root.Q<DropdownField>(name);
        field.index = field.choices.IndexOf(choice);
    }

    /// <summary>Clicks the button with this text or name, when the last click is done.</summary>
    public void Click(string words)
    {
        _frames.Until(() => !View.Presenter.IsBusy && Find(words) != null, () => words + " on a screen with " + string.Join("|", Seen));
        Find(words).Click();
    }

    /// <summary>Clicks the button beside the line that begins with these words.</summary>
    public void ClickBeside(string line, string words)
    {
        UntilSeen(line);
        _frames.Until(() => !View.Presenter.IsBusy, () => "the last click");
        Label label = Shown(Root).OfType<Label>().First(each => each.text != null && each.text.StartsWith(line));
        label.parent.Children().OfType<Button>().First(each => each.text == words).Click();
    }

    public string Text(string name)
    {
        return Root.Q<Label>(name).text;
    }

    public void Close()
    {
        GameObject.Destroy(_home);
    }

    private Button Find(string words)
    {
        return Shown(Root).OfType<Button>().FirstOrDefault(each => each.text == words || each.name == words);
    }

    private static IEnumerable<VisualElement> Shown(VisualElement element)
    {
        foreach (VisualElement child in element.Children())
        {
            if (child.GetClasses().Contains("hidden")) continue;
            yield return child;
            foreach (VisualElement each in Shown(child)) yield return each;
        }
    }
}
