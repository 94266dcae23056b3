#nullable enable
using System;
using System.Threading.Tasks;
using UnityEngine;
using UnityEngine.UI;

namespace AdventureBotLobby.Sample
{
    /// <summary>One party: its members with class and ready, and the countdown to the dungeon.</summary>
    public sealed class PartyPanel
    {
        private readonly LobbyScreen _screen;
        private readonly GameHandOver _game;
        private readonly RectTransform _panel;
        private readonly Text _title;
        private readonly RectTransform _members;
        private readonly RectTransform _classes;
        private readonly Text _countdown;
        private readonly Button _ready;
        private readonly Button _start;
        private PartyStream? _stream;
        private int _secondsShown;
        private bool _isLost;

        public PartyPanel(LobbyScreen screen, Transform parent)
        {
            _screen = screen;
            _game = new GameHandOver(screen);
            _panel = Ui.Panel(parent, "Party");
            _title = Ui.Label(_panel, "");
            _members = Ui.Panel(_panel, "Members");
            _classes = Ui.Row(_panel);
            _countdown = Ui.Label(_panel, "");
            RectTransform buttons = Ui.Row(_panel);
            _ready = Ui.Button(buttons, "Ready", () => Act(ToggleReadyAsync));
            _start = Ui.Button(buttons, "Start", () => Act(StartOrCancelAsync));
            Ui.Button(buttons, "Leave", () => Act(LeaveAsync));
            _panel.gameObject.SetActive(false);
        }

        /// <summary>Watches the party from the cursor of a response.</summary>
        public void Show(LobbyParty party)
        {
            _panel.gameObject.SetActive(true);
            Ui.Clear(_classes);
            foreach (string name in _screen.classes) Ui.Button(_classes, name, () => Act(current => ChooseAsync(current, name)));
            _stream = _screen.Connection.WatchParty(party);
            _stream.Changed += Draw;
            _stream.StateChanged += Tell;
            _stream.Happened += Tell;
            _game.Enter(_stream);
            Draw(party);
        }

        public void Hide()
        {
            _panel.gameObject.SetActive(false);
            _game.Leave();
            if (_stream != null) _stream.Dispose();
            _stream = null;
        }

        /// <summary>Called each frame. Shows the countdown by the server's clock.</summary>
        public void Tick()
        {
            LobbyParty? party = _stream?.Party;
            if (party == null || party.StartsAt == null) return;
            double left = (party.StartsAt.Value - _screen.Connection.ServerNow).TotalSeconds;
            int seconds = Math.Max(0, (int)Math.Ceiling(left));
            if (seconds == _secondsShown) return;
            _secondsShown = seconds;
            _countdown.text = "Starts in " + seconds;
        }

        private LobbyMember? Me(LobbyParty party)
        {
            return party.Find(_screen.Lobby.Player?.Id ?? "");
        }

        private void Draw(LobbyParty party)
        {
            string code = party.JoinCode == null ? "" : "   code " + party.JoinCode;
            _title.text = party.Settings.Name + ", " + party.Settings.GameType + ", " + party.Settings.Difficulty + code;
            Ui.Clear(_members);
            foreach (LobbyMember member in party.Members) Ui.Label(_members, Line(member));
            if (party.StartsAt == null) _countdown.text = party.State == PartyState.InProgress ? "In the dungeon" : "";
            if (party.StartsAt == null) _secondsShown = -1;
            LobbyMember? me = Me(party);
            _start.gameObject.SetActive(me != null && me.IsLeader);
            Ui.Say(_start, party.State == PartyState.Starting ? "Cancel" : "Start");
            Ui.Say(_ready, me != null && me.Ready ? "Not ready" : "Ready");
        }

        private static string Line(LobbyMember member)
        {
            string line = member.Player.DisplayName + "   " + (member.CharacterClass ?? "no class yet");
            if (member.IsLeader) line += "   leads";
            if (member.Ready) line += "   ready";
            return member.Connection == MemberConnection.Connected ? line : line + "   (connection lost)";
        }

        private void Tell(PartyEvent happened)
        {
            switch (happened.Details)
            {
                case MemberLeftEvent left: _screen.Say(left.Player.DisplayName + " has left."); break;
                case CountdownCancelledEvent cancelled: _screen.Say("Nobody starts: " + cancelled.CancelReason); break;
            }
        }

        private void Tell(StreamState state)
        {
            bool wasLost = _isLost;
            _isLost = state == StreamState.Reconnecting;
            if (state == StreamState.Ended) Leave(_stream?.End?.Reason.ToString() ?? "");
            else if (_isLost) _screen.Say("The connection is lost; your seat is kept.");
            else if (wasLost) _screen.Say("");
        }

        /// <summary>Runs the action of a button for the party that is shown.</summary>
        private void Act(Func<LobbyParty, Task> act)
        {
            LobbyParty? party = _stream?.Party;
            if (party != null) _screen.Click(() => act(party));
        }

        private async Task ChooseAsync(LobbyParty party, string name)
        {
            var choice = new UpdateMemberInput { PartyId = party.Id, CharacterClass = name };
            _screen.Granted(await _screen.Lobby.UpdateMemberAsync(choice));
        }

        private async Task ToggleReadyAsync(LobbyParty party)
        {
            LobbyMember? me = Me(party);
            bool isReady = me != null && me.Ready;
            _screen.Granted(await _screen.Lobby.SetReadyAsync(party, !isReady));
        }

        private async Task StartOrCancelAsync(LobbyParty party)
        {
            bool isStarting = party.State == PartyState.Starting;
            if (isStarting) _screen.Granted(await _screen.Lobby.CancelStartAsync(new PartyActionInput { PartyId = party.Id }));
            else _screen.Granted(await _screen.Lobby.StartSessionAsync(new StartSessionInput { PartyId = party.Id }));
        }

        private async Task LeaveAsync(LobbyParty party)
        {
            var leave = new PartyActionInput { PartyId = party.Id };
            if (_screen.Granted(await _screen.Lobby.LeavePartyAsync(leave)) != null) Leave("");
        }

        private void Leave(string words)
        {
            _screen.Browse();
            _screen.Say(words);
        }
    }
}
