#nullable enable
using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;

namespace AdventureBotLobby.UIToolkitSample
{
    /// <summary>One line of the list.</summary>
    public sealed class ListedParty
    {
        public string Id = "";
        public string Title = "";
        public string Seats = "";
        public bool IsLocked;
    }

    /// <summary>One invite that the player has.</summary>
    public sealed class InviteRow
    {
        public string Id = "";
        public string Text = "";
    }

    /// <summary>The public list with its filters, the player's invites, and the ways into a party.</summary>
    public sealed class BrowsePresenter
    {
        /// <summary>The number of lines that are shown.</summary>
        public const int RowsMax = 50;

        private readonly LobbyPresenter _lobby;
        private readonly Dictionary<string, ReceivedInvite> _invites = new Dictionary<string, ReceivedInvite>();
        private PartyListStream? _list;
        private InboxStream? _inbox;
        private bool _isShown;

        internal BrowsePresenter(LobbyPresenter lobby)
        {
            _lobby = lobby;
            Rows = new ListedParty[0];
            Password = Code = Name = NameFilter = "";
            CreatesGameType = LobbyGameType.Coop;
        }

        /// <summary>What the player has typed as the name of a party.</summary>
        public string Name { get; set; }

        /// <summary>What the player has typed as a password, to create or join.</summary>
        public string Password { get; set; }

        /// <summary>What the player has typed or pasted: a join code, or a link.</summary>
        public string Code { get; set; }

        public LobbyGameType CreatesGameType { get; set; }

        /// <summary>Null: the first one of the server.</summary>
        public string? CreatesDifficulty { get; set; }

        /// <summary>0 for none.</summary>
        public int CreatesTeams { get; set; }

        /// <summary>Only parties with these words in their name.</summary>
        public string NameFilter { get; private set; }

        /// <summary>Only parties of this difficulty; null for all.</summary>
        public string? DifficultyFilter { get; private set; }

        /// <summary>Only parties without a password.</summary>
        public bool HidesLocked { get; private set; }

        public IReadOnlyList<ListedParty> Rows { get; private set; }

        public IEnumerable<InviteRow> Invites
        {
            get
            {
                return _invites.Values.Select(each => new InviteRow
                {
                    Id = each.Id,
                    Text = each.Inviter.DisplayName + " invites you to " + (each.Party == null ? "a party" : each.Party.Settings.Name),
                });
            }
        }

        /// <summary>Shows the list from now on, with live changes.</summary>
        public void Show()
        {
            _isShown = true;
            Watch();
        }

        public void Hide()
        {
            _isShown = false;
            if (_list != null) _list.Dispose();
            _list = null;
            Rows = new ListedParty[0];
        }

        /// <summary>Another filter. The list begins anew, and stays current by itself.</summary>
        public void Filter(string name, string? difficulty, bool hidesLocked)
        {
            NameFilter = name;
            DifficultyFilter = difficulty;
            HidesLocked = hidesLocked;
            if (_isShown) Watch();
        }

        public void Create()
        {
            var settings = new PartySettingsInput
            {
                Name = Name.Length > 0 ? Name : null,
                Password = Password.Length > 0 ? Password : null,
                GameType = CreatesGameType,
                Difficulty = CreatesDifficulty,
                Teams = CreatesTeams > 0 ? CreatesTeams : (int?)null,
                LoadWaitSeconds = 30,
            };
            _lobby.Click(async () => _lobby.Enter(await _lobby.Lobby.CreatePartyAsync(new CreatePartyInput { Settings = settings })));
        }

        public void Join(string partyId)
        {
            var input = new JoinPartyInput { PartyId = partyId, Password = Password.Length > 0 ? Password : null };
            _lobby.Click(async () => _lobby.Enter(await _lobby.Lobby.JoinByIdAsync(input)));
        }

        /// <summary>Joins by what was typed or pasted.</summary>
        public void JoinByCode()
        {
            var input = new JoinPartyInput { JoinCode = CodeOf(Code), Password = Password.Length > 0 ? Password : null };
            _lobby.Click(async () => _lobby.Enter(await _lobby.Lobby.JoinByCodeAsync(input)));
        }

        public void QuickJoin()
        {
            var input = new QuickJoinInput { CreateIfNone = new PartySettingsInput() };
            _lobby.Click(async () => _lobby.Enter(await _lobby.Lobby.QuickJoinAsync(input)));
        }

        public void Accept(string inviteId)
        {
            _lobby.Click(async () =>
            {
                var input = new AcceptInviteInput { InviteId = inviteId, LeaveCurrent = true };
                LobbyResult<PartyChanged> accepted = await _lobby.Lobby.AcceptInviteAsync(input);
                _invites.Remove(inviteId);
                _lobby.Enter(accepted);
            });
        }

        public void Decline(string inviteId)
        {
            _lobby.Click(async () =>
            {
                _lobby.Granted(await _lobby.Lobby.DeclineInviteAsync(new InviteActionInput { InviteId = inviteId }));
                _invites.Remove(inviteId);
            });
        }

        /// <summary>The code in a link, which is its last part; otherwise the text itself.</summary>
        public static string CodeOf(string typed)
        {
            string[] parts = typed.Trim().Split(new[] { '/', '=', '?', '#' }, StringSplitOptions.RemoveEmptyEntries);
            return parts.Length == 0 ? "" : parts[parts.Length - 1];
        }

        internal void WatchInbox()
        {
            if (_inbox != null) _inbox.Dispose();
            _invites.Clear();
            _inbox = _lobby.Connection.WatchInbox();
            _inbox.Happened += Take;
        }

        private void Take(InboxEvent happened)
        {
            switch (happened.Details)
            {
                case InboxSnapshotEvent snapshot:
                    _invites.Clear();
                    foreach (ReceivedInvite each in snapshot.Invites) Take(each);
                    break;
                case InviteUpdatedEvent updated: Take(updated.Invite); break;
                case AnnouncedEvent announced: _lobby.Say(announced.Text); break;
            }
            _lobby.Draw();
        }

        private void Take(ReceivedInvite invite)
        {
            if (invite.State == InviteState.Pending) _invites[invite.Id] = invite;
            else _invites.Remove(invite.Id);
        }

        private void Watch()
        {
            if (_list != null) _list.Dispose();
            var filter = new PartyFilter
            {
                NameContains = NameFilter.Length > 0 ? NameFilter : null,
                Difficulty = DifficultyFilter,
                HasPassword = HidesLocked ? false : (bool?)null,
            };
            _list = _lobby.Connection.WatchLobby(filter);
            _list.Changed += List;
            List(_list.Parties);
        }

        private void List(IReadOnlyList<PartyListing> parties)
        {
            Rows = parties.Take(RowsMax).Select(Row).ToArray();
            _lobby.Draw();
        }

        private static ListedParty Row(PartyListing party)
        {
            return new ListedParty
            {
                Id = party.Id,
                Title = party.Settings.Name + ", " + party.Settings.GameType + ", " + party.Settings.Difficulty,
                Seats = party.MemberCount + "/" + party.Settings.MaxMembers,
                IsLocked = party.Settings.HasPassword,
            };
        }
    }
}
