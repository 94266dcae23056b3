#nullable enable
using System;
using System.Collections.Generic;
using AdventureBotLobby.Hosting;
#if LOBBY_SAMPLE_NETCODE
using AdventureBotLobby.Netcode;
#endif
using UnityEngine;
using UnityEngine.UIElements;

namespace AdventureBotLobby.UIToolkitSample
{
    /// <summary>
    /// The lobby of a game in UI Toolkit. Put it beside a UIDocument with Lobby.uxml. With Netcode for GameObjects in the project
    /// and a NetworkManager in the scene, the run is played over it.
    /// </summary>
    [RequireComponent(typeof(UIDocument))]
    public sealed class LobbyView : MonoBehaviour
    {
        [Tooltip("Create one with Assets, Create, AdventureBot2, Lobby settings. Without it: a server on this machine.")]
        public LobbySettings? settings;

        public string playerName = "Adventurer";

        // These are set in Start, before Update uses them.
        private VisualElement _root = null!;
        private BrowseView _browse = null!;
        private PartyView _party = null!;
        private bool _isDirty;
        private int? _secondsShown;

        /// <summary>What the view shows, from its first frame on.</summary>
        public LobbyPresenter Presenter { get; private set; } = null!;

        /// <summary>Creates another network than Netcode's. Set it before the first frame.</summary>
        public Func<IGameNetwork>? NewNetwork { get; set; }

        private void Start()
        {
            var lobby = new LobbyClient(settings != null ? settings.Options() : new LobbyOptions("http://127.0.0.1:8000"));
            Presenter = new LobbyPresenter(lobby, new LobbyConnection(lobby), playerName, Network());
            Presenter.Changed += () => _isDirty = true;
            _root = GetComponent<UIDocument>().rootVisualElement;
            _browse = new BrowseView(_root, Presenter);
            _party = new PartyView(_root, Presenter);
            _root.Q<Button>("sign-in-again").clicked += Presenter.Start;
            Presenter.Start();
        }

        private void Update()
        {
            int? seconds = Presenter.Party == null ? null : Presenter.Party.SecondsLeft;
            if (!_isDirty && seconds == _secondsShown) return;
            _isDirty = false;
            _secondsShown = seconds;
            Draw();
        }

        private void OnDestroy()
        {
            if (Presenter != null) Presenter.Dispose();
        }

        private void Draw()
        {
            Show("signing-in", Presenter.Screen == LobbyScreen.SigningIn);
            Show("browse", Presenter.Screen == LobbyScreen.Browse);
            Show("party", Presenter.Screen == LobbyScreen.Party);
            _root.Q<Label>("message").text = Presenter.Message;
            _root.Q<Button>("sign-in-again").SetEnabled(!Presenter.IsBusy);
            if (Presenter.Screen == LobbyScreen.Browse) _browse.Draw();
            if (Presenter.Party != null) _party.Draw(Presenter.Party);
        }

        private void Show(string name, bool isShown)
        {
            _root.Q<VisualElement>(name).EnableInClassList("hidden", !isShown);
        }

        private IGameNetwork? Network()
        {
            if (NewNetwork != null) return NewNetwork();
#if LOBBY_SAMPLE_NETCODE
            return new NetcodeNetwork(new NetcodeOptions());
#else
            return null;
#endif
        }
    }

    /// <summary>Parts that several screens draw.</summary>
    internal static class Lines
    {
        public static Label Label(string text, params string[] classes)
        {
            var label = new Label(text);
            label.AddToClassList("line");
            foreach (string each in classes) label.AddToClassList(each);
            return label;
        }

        public static Button Button(string text, Action act)
        {
            return new Button(act) { text = text };
        }

        public static VisualElement Row(params VisualElement[] parts)
        {
            var row = new VisualElement();
            row.AddToClassList("row");
            foreach (VisualElement each in parts) row.Add(each);
            return row;
        }

        /// <summary>Replaces what a list shows.</summary>
        public static void Fill(VisualElement list, IEnumerable<VisualElement> lines)
        {
            list.Clear();
            foreach (VisualElement each in lines) list.Add(each);
        }
    }
}
