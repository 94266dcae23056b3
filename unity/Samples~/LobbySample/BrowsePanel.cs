#nullable enable
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using UnityEngine;
using UnityEngine.UI;

namespace AdventureBotLobby.Sample
{
    /// <summary>The public list, kept up to date, and the forms to create a party and to join one.</summary>
    public sealed class BrowsePanel
    {
        private const int RowsMax = 6;
        private static readonly LobbyGameType[] _gameTypes = { LobbyGameType.Coop, LobbyGameType.Solo, LobbyGameType.Pvp };

        private readonly LobbyScreen _screen;
        private readonly RectTransform _panel;
        private readonly RectTransform _list;
        private readonly InputField _name;
        private readonly InputField _password;
        private readonly InputField _code;
        private readonly Button _gameType;
        private readonly Button _difficulty;
        private PartyListStream? _stream;
        private int _gameTypeAt;
        private int _difficultyAt;

        public BrowsePanel(LobbyScreen screen, Transform parent)
        {
            _screen = screen;
            _panel = Ui.Panel(parent, "Browse");
            RectTransform head = Ui.Row(_panel);
            Ui.Label(head, "Parties");
            Ui.Button(head, "Refresh", Refresh);
            _list = Ui.Panel(_panel, "List");
            RectTransform create = Ui.Row(_panel);
            _name = Ui.Field(create, "Party name");
            _password = Ui.Field(create, "Password, if any", true);
            RectTransform kind = Ui.Row(_panel);
            _gameType = Ui.Button(kind, "Coop", NextGameType);
            _difficulty = Ui.Button(kind, "Easy", NextDifficulty);
            Ui.Button(kind, "Create", () => _screen.Click(CreateAsync));
            RectTransform join = Ui.Row(_panel);
            _code = Ui.Field(join, "Join code");
            Ui.Button(join, "Join by code", () => _screen.Click(JoinByCodeAsync));
            Ui.Button(join, "Quick join", () => _screen.Click(QuickJoinAsync));
            _panel.gameObject.SetActive(false);
        }

        public void Show()
        {
            _panel.gameObject.SetActive(true);
            Ui.Say(_difficulty, Difficulty);
            Refresh();
        }

        public void Hide()
        {
            _panel.gameObject.SetActive(false);
            if (_stream != null) _stream.Dispose();
            _stream = null;
        }

        private string Difficulty
        {
            get { return _screen.Server.Difficulties[_difficultyAt % _screen.Server.Difficulties.Count]; }
        }

        private string? Password
        {
            get { return _password.text.Length > 0 ? _password.text : null; }
        }

        private void Refresh()
        {
            if (_stream != null) _stream.Dispose();
            _stream = _screen.Connection.WatchLobby();
            _stream.Changed += Draw;
            Draw(_stream.Parties);
        }

        private void Draw(IReadOnlyList<PartyListing> parties)
        {
            Ui.Clear(_list);
            foreach (PartyListing party in parties.Take(RowsMax))
            {
                string locked = party.Settings.HasPassword ? " *" : "";
                string line = party.Settings.Name + " (" + party.MemberCount + "/" + party.Settings.MaxMembers + ")" + locked;
                Ui.Button(_list, line, () => _screen.Click(() => JoinAsync(party.Id)));
            }
        }

        private void NextGameType()
        {
            _gameTypeAt = (_gameTypeAt + 1) % _gameTypes.Length;
            Ui.Say(_gameType, _gameTypes[_gameTypeAt].ToString());
        }

        private void NextDifficulty()
        {
            _difficultyAt++;
            Ui.Say(_difficulty, Difficulty);
        }

        private async Task CreateAsync()
        {
            var settings = new PartySettingsInput
            {
                Name = _name.text.Length > 0 ? _name.text : null,
                Password = Password,
                GameType = _gameTypes[_gameTypeAt],
                Difficulty = Difficulty,
            };
            Enter(await _screen.Lobby.CreatePartyAsync(new CreatePartyInput { Settings = settings }));
        }

        private async Task JoinAsync(string partyId)
        {
            Enter(await _screen.Lobby.JoinByIdAsync(new JoinPartyInput { PartyId = partyId, Password = Password }));
        }

        private async Task JoinByCodeAsync()
        {
            Enter(await _screen.Lobby.JoinByCodeAsync(new JoinPartyInput { JoinCode = _code.text, Password = Password }));
        }

        private async Task QuickJoinAsync()
        {
            Enter(await _screen.Lobby.QuickJoinAsync(new QuickJoinInput { CreateIfNone = new PartySettingsInput() }));
        }

        private void Enter(LobbyResult<PartyChanged> result)
        {
            PartyChanged? changed = _screen.Granted(result);
            if (changed != null) _screen.Enter(changed.Party);
        }
    }
}
