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
            root.Q<Button>("show-link").clicked += () => Party.ShowLink();
            root.Q<Button>("chat-send").clicked += Say;
            root.Q<Button>("invite").clicked += () => Party.Invite(_inviteId.value);
            root.Q<Button>("ready").clicked += () => Party.ToggleReady();
            root.Q<Button>("start").clicked += () => Party.StartOrCancel();
            root.Q<Button>("leave").clicked += () => Party.Leave();
            root.Q<Button>("loaded").clicked += () => Party.Run.MarkLoaded();
            root.Q<Button>("leave-run").clicked += () => Party.Run.Leave();
            root.Q<Button>("come-back").clicked += () => Party.Run.ComeBack();
            root.Q<Button>("complete").clicked += () => Party.Run.Complete("the dragon sleeps");
        }

        private PartyPresenter Party
        {
            get { return _lobby.Party; }
        }

        public void Draw()
        {
            _root.Q<Label>("party-title").text = Party.Title;
            _root.Q<Label>("party-code").text = Party.Code;
            _root.Q<Label>("party-link").text = Party.Link;
            _root.Q<Label>("party-status").text = Party.Status;
            _root.Q<Label>("invited").text = string.Join(", ", Party.Invited);
            Lines.Fill(_root.Q<ScrollView>("members"), Party.Members.Select(Line));
            Lines.Fill(_root.Q<VisualElement>("classes"), Party.Classes.Select(Class));
            Lines.Fill(_root.Q<VisualElement>("teams"), Teams());
            Lines.Fill(_root.Q<ScrollView>("chat"), Party.Chat.Select(each => (VisualElement)Lines.Label(each)));
            _root.Q<Button>("ready").text = Party.IsReady ? "Not ready" : "Ready";
            _root.Q<Button>("start").text = Party.IsStarting ? "Cancel" : "Start";
            Show("start", Party.IsLeader);
            DrawRun();
        }

        private void DrawRun()
        {
            RunPresenter run = Party.Run;
            bool isOn = run != null && run.State != GameRunState.Waiting && run.State != GameRunState.Ended;
            Show("run", isOn);
            if (!isOn) return;
            Show("loaded", run.IsLoading);
            Show("leave-run", run.State != GameRunState.Left);
            Show("come-back", run.State == GameRunState.Left);
            Show("complete", run.Host != null);
        }

        private void Show(string name, bool isShown)
        {
            _root.Q<VisualElement>(name).EnableInClassList("hidden", !isShown);
        }

        private void Say()
        {
            Party.Say(_chatText.value);
            _chatText.value = "";
        }

        private VisualElement Line(MemberRow member)
        {
            Label label = Lines.Label(member.Text);
            label.EnableInClassList("own", member.IsMe);
            label.EnableInClassList("lost", !member.IsConnected);
            if (!Party.IsLeader || member.IsMe) return label;
            Button kick = Lines.Button("Kick", () => Party.Kick(member.Id));
            return Lines.Row(label, kick, Lines.Button("Lead", () => Party.Promote(member.Id)));
        }

        private VisualElement Class(string name)
        {
            Button button = Lines.Button(name, () => Party.Choose(name));
            button.EnableInClassList("chosen", Party.Members.Any(each => each.IsMe && each.Class == name));
            return button;
        }

        private IEnumerable<VisualElement> Teams()
        {
            for (int each = 1; each <= Party.Teams; each++)
            {
                int team = each;
                yield return Lines.Button("Team " + team, () => Party.Join(team));
            }
            if (Party.Teams > 0 && Party.IsLeader) yield return Lines.Button("Shuffle", Party.Shuffle);
        }
    }
}
