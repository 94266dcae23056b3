#nullable enable
using System;
using System.Collections.Generic;
using System.Linq;
using AdventureBotLobby.Hosting;
using UnityEngine.UIElements;

namespace AdventureBotLobby.UIToolkitSample
{
    /// <summary>Draws a party and its run, and passes on what the player clicks.</summary>
    internal sealed class PartyView
    {
        private readonly LobbyPresenter _lobby;
        private readonly VisualElement _root;
        private readonly TextField _chatText;
        private readonly TextField _inviteId;

        public PartyView(VisualElement root, LobbyPresenter lobby)
        {
            _lobby = lobby;
            _root = root;
            _chatText = root.Q<TextField>("chat-text");
            _inviteId = root.Q<TextField>("invite-id");
            OnClick("show-link", party => party.ShowLink());
            OnClick("chat-send", Say);
            OnClick("invite", party => party.Invite(_inviteId.value));
            OnClick("ready", party => party.ToggleReady());
            OnClick("start", party => party.StartOrCancel());
            OnClick("leave", party => party.Leave());
            OnClick("loaded", party => party.Run?.MarkLoaded());
            OnClick("leave-run", party => party.Run?.Leave());
            OnClick("come-back", party => party.Run?.ComeBack());
            OnClick("complete", party => party.Run?.Complete("the dragon sleeps"));
        }

        public void Draw(PartyPresenter party)
        {
            _root.Q<Label>("party-title").text = party.Title;
            _root.Q<Label>("party-code").text = party.Code;
            _root.Q<Label>("party-link").text = party.Link;
            _root.Q<Label>("party-status").text = party.Status;
            _root.Q<Label>("invited").text = string.Join(", ", party.Invited);
            Lines.Fill(_root.Q<ScrollView>("members"), party.Members.Select(each => Line(party, each)));
            Lines.Fill(_root.Q<VisualElement>("classes"), party.Classes.Select(each => Class(party, each)));
            Lines.Fill(_root.Q<VisualElement>("teams"), Teams(party));
            Lines.Fill(_root.Q<ScrollView>("chat"), party.Chat.Select(each => (VisualElement)Lines.Label(each)));
            _root.Q<Button>("ready").text = party.IsReady ? "Not ready" : "Ready";
            _root.Q<Button>("start").text = party.IsStarting ? "Cancel" : "Start";
            Show("start", party.IsLeader);
            DrawRun(party.Run);
        }

        private void DrawRun(RunPresenter? run)
        {
            if (run == null || run.State == GameRunState.Waiting || run.State == GameRunState.Ended)
            {
                Show("run", false);
                return;
            }
            Show("run", true);
            Show("loaded", run.IsLoading);
            Show("leave-run", run.State != GameRunState.Left);
            Show("come-back", run.State == GameRunState.Left);
            Show("complete", run.Host != null);
        }

        private void Show(string name, bool isShown)
        {
            _root.Q<VisualElement>(name).EnableInClassList("hidden", !isShown);
        }

        private void OnClick(string name, Action<PartyPresenter> act)
        {
            _root.Q<Button>(name).clicked += () =>
            {
                if (_lobby.Party != null) act(_lobby.Party);
            };
        }

        private void Say(PartyPresenter party)
        {
            party.Say(_chatText.value);
            _chatText.value = "";
        }

        private VisualElement Line(PartyPresenter party, MemberRow member)
        {
            Label label = Lines.Label(member.Text);
            label.EnableInClassList("own", member.IsMe);
            label.EnableInClassList("lost", !member.IsConnected);
            if (!party.IsLeader || member.IsMe) return label;
            Button kick = Lines.Button("Kick", () => party.Kick(member.Id));
            return Lines.Row(label, kick, Lines.Button("Lead", () => party.Promote(member.Id)));
        }

        private VisualElement Class(PartyPresenter party, string name)
        {
            Button button = Lines.Button(name, () => party.Choose(name));
            button.EnableInClassList("chosen", party.Members.Any(each => each.IsMe && each.Class == name));
            return button;
        }

        private IEnumerable<VisualElement> Teams(PartyPresenter party)
        {
            for (int each = 1; each <= party.Teams; each++)
            {
                int team = each;
                yield return Lines.Button("Team " + team, () => party.Join(team));
            }
            if (party.Teams > 0 && party.IsLeader) yield return Lines.Button("Shuffle", party.Shuffle);
        }
    }
}
