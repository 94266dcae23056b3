#nullable enable
using System.Collections.Generic;
using System.Linq;
using UnityEngine.UIElements;

namespace AdventureBotLobby.UIToolkitSample
{
    /// <summary>Draws the public list, and passes on what the player types and clicks.</summary>
    internal sealed class BrowseView
    {
        private const string AllDifficulties = "All";
        private static readonly LobbyGameType[] _gameTypes = { LobbyGameType.Coop, LobbyGameType.Solo, LobbyGameType.Pvp };

        private readonly LobbyPresenter _lobby;
        private readonly VisualElement _list;
        private readonly VisualElement _invites;
        private readonly TextField _filterName;
        private readonly DropdownField _filterDifficulty;
        private readonly Toggle _filterOpen;
        private readonly TextField _name;
        private readonly TextField _password;
        private readonly DropdownField _type;
        private readonly DropdownField _difficulty;
        private readonly DropdownField _teams;
        private readonly TextField _code;
        private bool _isFilled;

        public BrowseView(VisualElement root, LobbyPresenter lobby)
        {
            _lobby = lobby;
            _list = root.Q<ScrollView>("list");
            _invites = root.Q<ScrollView>("invites");
            _filterName = root.Q<TextField>("filter-name");
            _filterDifficulty = root.Q<DropdownField>("filter-difficulty");
            _filterOpen = root.Q<Toggle>("filter-open");
            _name = root.Q<TextField>("create-name");
            _password = root.Q<TextField>("password");
            _type = root.Q<DropdownField>("create-type");
            _difficulty = root.Q<DropdownField>("create-difficulty");
            _teams = root.Q<DropdownField>("create-teams");
            _code = root.Q<TextField>("code");
            _filterName.RegisterValueChangedCallback(change => Filter());
            _filterDifficulty.RegisterValueChangedCallback(change => Filter());
            _filterOpen.RegisterValueChangedCallback(change => Filter());
            root.Q<Button>("create").clicked += Create;
            root.Q<Button>("join-code").clicked += JoinByCode;
            root.Q<Button>("quick-join").clicked += _lobby.Browse.QuickJoin;
        }

        public void Draw()
        {
            if (!_isFilled) FillChoices();
            Lines.Fill(_list, _lobby.Browse.Rows.Select(Line));
            Lines.Fill(_invites, _lobby.Browse.Invites.Select(Line));
        }

        private void FillChoices()
        {
            if (_lobby.Server == null) return;
            _isFilled = true;
            _filterDifficulty.choices = new[] { AllDifficulties }.Concat(_lobby.Server.Difficulties).ToList();
            _filterDifficulty.SetValueWithoutNotify(AllDifficulties);
            _difficulty.choices = _lobby.Server.Difficulties.ToList();
            _difficulty.index = 0;
            _type.choices = _gameTypes.Select(each => each.ToString()).ToList();
            _type.index = 0;
            _teams.choices = new List<string> { "none", "2", "3", "4" };
            _teams.index = 0;
        }

        private void Filter()
        {
            string? difficulty = _filterDifficulty.value == AllDifficulties ? null : _filterDifficulty.value;
            _lobby.Browse.Filter(_filterName.value, difficulty, _filterOpen.value);
        }

        private void Create()
        {
            _lobby.Browse.Name = _name.value;
            _lobby.Browse.Password = _password.value;
            _lobby.Browse.CreatesGameType = _gameTypes[_type.index];
            _lobby.Browse.CreatesDifficulty = _difficulty.value;
            _lobby.Browse.CreatesTeams = _teams.index == 0 ? 0 : _teams.index + 1;
            _lobby.Browse.Create();
        }

        private void JoinByCode()
        {
            _lobby.Browse.Code = _code.value;
            _lobby.Browse.Password = _password.value;
            _lobby.Browse.JoinByCode();
        }

        private VisualElement Line(ListedParty party)
        {
            string text = party.Title + "   " + party.Seats + (party.IsLocked ? "   (password)" : "");
            return Lines.Row(Lines.Label(text), Lines.Button("Join", () => Join(party.Id)));
        }

        private void Join(string partyId)
        {
            _lobby.Browse.Password = _password.value;
            _lobby.Browse.Join(partyId);
        }

        private VisualElement Line(InviteRow invite)
        {
            Button accept = Lines.Button("Accept", () => _lobby.Browse.Accept(invite.Id));
            return Lines.Row(Lines.Label(invite.Text), accept, Lines.Button("Decline", () => _lobby.Browse.Decline(invite.Id)));
        }
    }
}
