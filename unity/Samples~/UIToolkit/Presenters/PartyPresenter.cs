#nullable enable
using System;
using System.Collections.Generic;
using System.Linq;
using AdventureBotLobby.Hosting;

namespace AdventureBotLobby.UIToolkitSample
{
    /// <summary>One party: members, classes, teams, chat, invites, the countdown, and the run.</summary>
    public sealed class PartyPresenter : IDisposable
    {
        /// <summary>The number of lines of the chat that are shown.</summary>
        public const int ChatMax = 100;

        private static readonly string[] _ownClasses = { "Knight", "Wizard", "Ranger", "Cleric" };

        private readonly LobbyPresenter _lobby;
        private readonly PartyStream _stream;
        private readonly List<string> _chat = new List<string>();
        private string? _link;

        internal PartyPresenter(LobbyPresenter lobby, LobbyParty party, IGameNetwork? network)
        {
            _lobby = lobby;
            _stream = lobby.Connection.WatchParty(party);
            _stream.Changed += each => _lobby.Draw();
            _stream.StateChanged += Tell;
            _stream.Happened += Take;
            _stream.Announcement += happened => Add("The operators: " + happened.Text);
            if (network != null) Run = new RunPresenter(lobby, _stream, network);
        }

        /// <summary>The run of the party; null for a lobby that leads into no game.</summary>
        public RunPresenter? Run { get; private set; }

        public string Title
        {
            get { return Party.Settings.Name + ", " + Party.Settings.GameType + ", " + Party.Settings.Difficulty; }
        }

        public string Code
        {
            get { return Party.JoinCode ?? ""; }
        }

        /// <summary>The link to join, or empty: the operator of the server decides whether there is one. See <see cref="ShowLink"/>.</summary>
        public string Link
        {
            get { return _link ?? ""; }
        }

        public IEnumerable<MemberRow> Members
        {
            get { return Party.Members.Select(each => new MemberRow(each, _lobby.PlayerId)); }
        }

        public IReadOnlyList<string> Chat
        {
            get { return _chat; }
        }

        /// <summary>The server's classes; if it names none, those of the game.</summary>
        public IReadOnlyList<string> Classes
        {
            get
            {
                ServerInfo? server = _lobby.Server;
                return server != null && server.CharacterClasses.Count > 0 ? server.CharacterClasses : _ownClasses;
            }
        }

        /// <summary>The number of teams; 0 for none.</summary>
        public int Teams
        {
            get { return Party.Settings.Teams; }
        }

        public IEnumerable<string> Invited
        {
            get { return Party.Invites.Select(each => each.Invitee.DisplayName); }
        }

        public bool IsLeader
        {
            get { return Me != null && Me.IsLeader; }
        }

        public bool IsReady
        {
            get { return Me != null && Me.Ready; }
        }

        public bool IsStarting
        {
            get { return Party.State == PartyState.Starting; }
        }

        /// <summary>The seconds until the start, by the server's clock; null without a countdown.</summary>
        public int? SecondsLeft
        {
            get
            {
                if (Party.StartsAt == null) return null;
                return Math.Max(0, (int)Math.Ceiling((Party.StartsAt.Value - _lobby.Connection.ServerNow).TotalSeconds));
            }
        }

        /// <summary>What is going on, in a line: the countdown, loading, the run, a lost connection.</summary>
        public string Status
        {
            get
            {
                if (_stream.State == StreamState.Reconnecting) return "The connection is lost. Your seat is kept.";
                if (SecondsLeft != null) return "Starts in " + SecondsLeft;
                if (Run != null && Run.Status.Length > 0) return Run.Status;
                return Party.State == PartyState.InProgress ? "In the dungeon" : "";
            }
        }

        // The stream began with a party, so it always has one.
        private LobbyParty Party
        {
            get { return _stream.Party!; }
        }

        private LobbyMember? Me
        {
            get { return Party.Find(_lobby.PlayerId); }
        }

        public void Dispose()
        {
            if (Run != null) Run.Dispose();
            _stream.Dispose();
        }

        public void Choose(string className)
        {
            var input = new UpdateMemberInput { PartyId = Party.Id, CharacterClass = className };
            _lobby.Click(async () => _lobby.Granted(await _lobby.Lobby.UpdateMemberAsync(input)));
        }

        /// <param name="team">From 1 on.</param>
        public void Join(int team)
        {
            _lobby.Click(async () => _lobby.Granted(await _lobby.Lobby.SetTeamAsync(Party, team)));
        }

        public void Shuffle()
        {
            _lobby.Click(async () => _lobby.Granted(await _lobby.Lobby.ShuffleTeamsAsync(new PartyActionInput { PartyId = Party.Id })));
        }

        public void ToggleReady()
        {
            _lobby.Click(async () => _lobby.Granted(await _lobby.Lobby.SetReadyAsync(Party, !IsReady)));
        }

        /// <summary>The leader: begins the countdown, or cancels it.</summary>
        public void StartOrCancel()
        {
            if (IsStarting)
            {
                var cancel = new PartyActionInput { PartyId = Party.Id };
                _lobby.Click(async () => _lobby.Granted(await _lobby.Lobby.CancelStartAsync(cancel)));
                return;
            }
            var start = new StartSessionInput { PartyId = Party.Id };
            _lobby.Click(async () => _lobby.Granted(await _lobby.Lobby.StartSessionAsync(start)));
        }

        public void Say(string text)
        {
            if (text.Trim().Length == 0) return;
            var input = new PostMessageInput { PartyId = Party.Id, Text = text };
            _lobby.Click(async () => _lobby.Granted(await _lobby.Lobby.PostMessageAsync(input)));
        }

        /// <summary>Invites a player by the id, which a game has from its friends or from an earlier run.</summary>
        public void Invite(string playerId)
        {
            _lobby.Click(async () => _lobby.Granted(await _lobby.Lobby.InvitePlayerAsync(Party, playerId.Trim())));
        }

        public void Kick(string playerId)
        {
            var input = new KickMemberInput { PartyId = Party.Id, PlayerId = playerId };
            _lobby.Click(async () => _lobby.Granted(await _lobby.Lobby.KickMemberAsync(input)));
        }

        public void Promote(string playerId)
        {
            var input = new PromoteMemberInput { PartyId = Party.Id, PlayerId = playerId };
            _lobby.Click(async () => _lobby.Granted(await _lobby.Lobby.PromoteMemberAsync(input)));
        }

        public void ShowLink()
        {
            _lobby.Click(async () =>
            {
                JoinLinkParty? shown = await _lobby.Lobby.JoinLinkAsync(Party.Id);
                _link = shown?.JoinUrl;
                if (_link == null) _lobby.Say("This server has no links. Give others the code.");
            });
        }

        public void Leave()
        {
            _lobby.Click(async () =>
            {
                var input = new PartyActionInput { PartyId = Party.Id };
                if (_lobby.Granted(await _lobby.Lobby.LeavePartyAsync(input)) != null) _lobby.Leave("");
            });
        }

        private void Take(PartyEvent happened)
        {
            switch (happened.Details)
            {
                case MessagePostedEvent posted: Add(posted.Author.DisplayName + ": " + posted.Text); break;
                case MemberJoinedEvent joined: Add(joined.Member.Player.DisplayName + " has joined."); break;
                case MemberLeftEvent left: Add(left.Player.DisplayName + " has left."); break;
                case CountdownCancelledEvent cancelled: Add("Nobody starts: " + cancelled.CancelReason); break;
            }
        }

        private void Add(string line)
        {
            if (_chat.Count == ChatMax) _chat.RemoveAt(0);
            _chat.Add(line);
            _lobby.Draw();
        }

        private void Tell(StreamState state)
        {
            if (state == StreamState.Ended) _lobby.Leave("You are no longer in the party: " + _stream.End?.Message);
            else _lobby.Draw();
        }
    }
}
