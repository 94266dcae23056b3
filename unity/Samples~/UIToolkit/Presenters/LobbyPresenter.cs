#nullable enable
using System;
using System.Linq;
using System.Threading.Tasks;
using AdventureBotLobby.Hosting;

namespace AdventureBotLobby.UIToolkitSample
{
    /// <summary>Which screen is shown.</summary>
    public enum LobbyScreen
    {
        SigningIn,
        Browse,
        Party
    }

    /// <summary>
    /// What the lobby shows and does, without anything of the user interface: a view draws it after <see cref="Changed"/>, and
    /// calls its methods. So it can be tested without Unity, and drawn with another interface.
    /// </summary>
    public sealed class LobbyPresenter : IDisposable
    {
        private readonly string _playerName;
        private readonly IGameNetwork? _network;
        private bool _isDisposed;

        /// <param name="lobby">The client of the player.</param>
        /// <param name="connection">The connection of this client.</param>
        /// <param name="playerName">The name of a guest who signs in for the first time.</param>
        /// <param name="network">The game's network; null for a lobby that leads into no game.</param>
        public LobbyPresenter(LobbyClient lobby, LobbyConnection connection, string playerName, IGameNetwork? network)
        {
            Lobby = lobby;
            Connection = connection;
            Message = "";
            _playerName = playerName;
            _network = network;
            Browse = new BrowsePresenter(this);
            Lobby.SignedOut += SignInAgain;
        }

        /// <summary>Something has changed: draw all.</summary>
        public event Action? Changed;

        public LobbyClient Lobby { get; private set; }

        public LobbyConnection Connection { get; private set; }

        /// <summary>The configuration of the server; null until it has answered.</summary>
        public ServerInfo? Server { get; private set; }

        public LobbyScreen Screen { get; private set; }

        public BrowsePresenter Browse { get; private set; }

        /// <summary>The player's party; null on the other screens.</summary>
        public PartyPresenter? Party { get; private set; }

        /// <summary>A text for the player: a rejection, a failure, or empty.</summary>
        public string Message { get; private set; }

        /// <summary>Whether the response to a click has not arrived yet. Further clicks are ignored.</summary>
        public bool IsBusy { get; private set; }

        /// <summary>The id of the player; empty before the sign-in.</summary>
        public string PlayerId
        {
            get { return Lobby.Player == null ? "" : Lobby.Player.Id; }
        }

        /// <summary>Signs in, and returns to the party that the player is in, or shows the list.</summary>
        public void Start()
        {
            Click(SignInAsync);
        }

        public void Dispose()
        {
            if (_isDisposed) return;
            _isDisposed = true;
            Lobby.SignedOut -= SignInAgain;
            Browse.Hide();
            if (Party != null) Party.Dispose();
            Connection.Dispose();
        }

        /// <summary>Runs the action of a button.</summary>
        public async void Click(Func<Task> act)
        {
            if (IsBusy || _isDisposed) return;
            IsBusy = true;
            Say("");
            try
            {
                await act();
            }
            catch (LobbyException error)
            {
                Say(error.Message);
            }
            catch (OperationCanceledException)
            {
                // The screen is gone.
            }
            IsBusy = false;
            Draw();
        }

        public void Say(string message)
        {
            Message = message;
            Draw();
        }

        public void Draw()
        {
            if (!_isDisposed && Changed != null) Changed();
        }

        /// <summary>The value of a result. Shows a rejection and returns null.</summary>
        internal T? Granted<T>(LobbyResult<T> result) where T : class
        {
            if (result.IsRejected) Say(result.Rejection.Message);
            return result.Value;
        }

        internal void Enter(LobbyResult<PartyChanged> result)
        {
            PartyChanged? changed = Granted(result);
            if (changed != null) Enter(changed.Party);
        }

        internal void Enter(LobbyParty party)
        {
            Browse.Hide();
            if (Party != null) Party.Dispose();
            Screen = LobbyScreen.Party;
            Party = new PartyPresenter(this, party, _network);
            Draw();
        }

        /// <summary>The player is in no party any more.</summary>
        internal void Leave(string message)
        {
            if (Party != null) Party.Dispose();
            Party = null;
            Screen = LobbyScreen.Browse;
            Browse.Show();
            Say(message);
        }

        private void SignInAgain()
        {
            IsBusy = false;
            Click(SignInAsync);
        }

        private async Task SignInAsync()
        {
            Screen = LobbyScreen.SigningIn;
            Server = await Lobby.ServerInfoAsync();
            if (Server.Maintenance != null) Say(Server.Maintenance.Text ?? "The server will be down for maintenance.");
            if (Lobby.Player == null && Granted(await Lobby.SignInAsGuestAsync(_playerName)) == null) return;
            LobbyParty? party = await Lobby.MyPartyAsync();
            Browse.WatchInbox();
            if (party != null) Enter(party);
            else Leave(Message);
        }
    }
}
