#nullable enable
using System;
using System.Linq;
using System.Threading.Tasks;
using AdventureBotLobby.Hosting;
#if LOBBY_SAMPLE_NETCODE
using AdventureBotLobby.Netcode;
#endif
using UnityEngine;
using UnityEngine.UI;

namespace AdventureBotLobby.Sample
{
    /// <summary>
    /// The lobby of the game. Put it on an empty object of an empty scene. It signs in, returns to the player's party or shows
    /// the list, and passes a started session to the game.
    /// </summary>
    public sealed class LobbyScreen : MonoBehaviour
    {
        public string url = "http://127.0.0.1:8000";
        public string playerName = "Adventurer";

        [Tooltip("Tells players apart who share a device. Empty: editors and their clones are told apart by themselves.")]
        public string profile = "";

        [Tooltip("Where others reach a game that this player hosts.")]
        public string hostAddress = "127.0.0.1";
        public ushort hostPort = 7777;

        [Tooltip("The game's own classes; those of the server, if it names some, come first.")]
        public string[] classes = { "Knight", "Wizard", "Ranger", "Cleric" };

        // These are set in Start, before anything uses them.
        private Text _status = null!;
        private BrowsePanel _browse = null!;
        private PartyPanel _party = null!;

        /// <summary>Whether the response to a click has not arrived yet.</summary>
        public bool IsBusy { get; private set; }

        public LobbyClient Lobby { get; private set; } = null!;

        public LobbyConnection Connection { get; private set; } = null!;

        /// <summary>The server's configuration: difficulties, classes, seats.</summary>
        public ServerInfo Server { get; private set; } = null!;

        /// <summary>Creates the game's network, or null for none. Without it: that of Netcode, if it is in the project.</summary>
        public Func<IGameNetwork?>? NetworkFactory { get; set; }

        public IGameNetwork? NewNetwork()
        {
            if (NetworkFactory != null) return NetworkFactory();
#if LOBBY_SAMPLE_NETCODE
            return new NetcodeNetwork(new NetcodeOptions { HostAddress = hostAddress, HostPort = hostPort });
#else
            return null;
#endif
        }

        public void Browse()
        {
            _party.Hide();
            _browse.Show();
        }

        public void Enter(LobbyParty party)
        {
            _browse.Hide();
            _party.Show(party);
        }

        public void Say(string words)
        {
            _status.text = words;
        }

        /// <summary>Runs the action of a button. Ignores further clicks until the response arrives.</summary>
        public async void Click(Func<Task> act)
        {
            if (IsBusy) return;
            IsBusy = true;
            await TryAsync(act);
            IsBusy = false;
        }

        /// <summary>Runs an action that no click may prevent.</summary>
        public async void Do(Func<Task> act)
        {
            await TryAsync(act);
        }

        /// <summary>The value of a result. Shows a rejection and returns null.</summary>
        public T? Granted<T>(LobbyResult<T> result) where T : class
        {
            Say(result.IsRejected ? result.Rejection.Message : "");
            return result.Value;
        }

        private void Start()
        {
            RectTransform screen = Ui.Screen("Lobby");
            _browse = new BrowsePanel(this, screen);
            _party = new PartyPanel(this, screen);
            _status = Ui.Label(Ui.Panel(screen, "Status", TextAnchor.LowerRight), "");
            _status.alignment = TextAnchor.MiddleRight;
            _status.raycastTarget = false;
            Lobby = new LobbyClient(new LobbyOptions(url) { Profile = profile.Length > 0 ? profile : null });
            Lobby.SignedOut += () => Do(SignInAsync);
            Connection = new LobbyConnection(Lobby);
            Do(SignInAsync);
        }

        private async Task TryAsync(Func<Task> act)
        {
            try
            {
                await act();
            }
            catch (LobbyException error)
            {
                Say(error.Message);
            }
            catch (Exception error)
            {
                Debug.LogException(error);
            }
        }

        private async Task SignInAsync()
        {
            Server = await Lobby.ServerInfoAsync();
            if (Server.CharacterClasses.Count > 0) classes = Server.CharacterClasses.ToArray();
            if (Lobby.Player == null && Granted(await Lobby.SignInAsGuestAsync(playerName)) == null) return;
            LobbyParty? party = await Lobby.MyPartyAsync();
            if (party != null) Enter(party);
            else Browse();
        }

        private void Update()
        {
            if (_party != null) _party.Tick();
        }

        private void OnDestroy()
        {
            if (_party != null) _party.Hide();
            if (Connection != null) Connection.Dispose();
        }
    }
}
