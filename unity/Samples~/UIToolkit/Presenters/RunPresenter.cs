#nullable enable
using System;
using AdventureBotLobby.Hosting;

namespace AdventureBotLobby.UIToolkitSample
{
    /// <summary>The run of a party: loading, playing or hosting, coming back, and a change of the host.</summary>
    public sealed class RunPresenter : IDisposable
    {
        private readonly LobbyPresenter _lobby;
        private readonly GameRun _run;
        private readonly PartyStream _stream;
        private bool _isLoading;

        internal RunPresenter(LobbyPresenter lobby, PartyStream stream, IGameNetwork network)
        {
            _lobby = lobby;
            _stream = stream;
            stream.SessionStarted += HandleStarted;
            stream.SessionGo += HandleGo;
            stream.SessionEnded += HandleEnded;
            _run = new GameRun(lobby.Lobby, lobby.Connection, stream, network);
            _run.StateChanged += HandleState;
            _run.Trouble += lobby.Say;
        }

        /// <summary>Where the player's game is.</summary>
        public GameRunState State
        {
            get { return _run.State; }
        }

        /// <summary>The host's side; null if the own game does not host.</summary>
        public RunHost? Host
        {
            get { return _run.Host; }
        }

        /// <summary>Whether players still load their games.</summary>
        public bool IsLoading
        {
            get { return _isLoading; }
        }

        /// <summary>A line for the player; empty if no run is going on.</summary>
        public string Status
        {
            get
            {
                switch (_run.State)
                {
                    case GameRunState.Opening: return "Opening the dungeon";
                    case GameRunState.Joining: return "Going into the dungeon";
                    case GameRunState.Reconnecting: return "The dungeon is out of reach. Trying again.";
                    case GameRunState.HostLost: return "The host is gone. Another player is asked to host.";
                    case GameRunState.Left: return "You have left the dungeon.";
                    case GameRunState.Hosting: return IsLoading ? Loading : "In the dungeon, as its host";
                    case GameRunState.Playing: return IsLoading ? Loading : "In the dungeon";
                    default: return "";
                }
            }
        }

        private string Loading
        {
            get
            {
                // The session of a party does not tell who has loaded, only that of an event.
                LobbySession? session = _run.Session;
                return session == null || session.Loaded == null ? "Loading" : "Loading, " + session.Loaded.Count + " of " + session.Players.Count;
            }
        }

        /// <summary>The own game has loaded its scene. A game calls this by itself; the sample has a button.</summary>
        public void MarkLoaded()
        {
            LobbySession? session = _run.Session;
            if (session != null) _lobby.Click(async () => _lobby.Granted(await _lobby.Lobby.MarkLoadedAsync(session)));
        }

        public void Leave()
        {
            _lobby.Click(_run.LeaveAsync);
        }

        public void ComeBack()
        {
            _run.ComeBack();
        }

        /// <summary>The host: ends the run for all.</summary>
        public void Complete(string outcome)
        {
            RunHost? host = Host;
            if (host != null) _lobby.Click(async () => _lobby.Granted(await host.CompleteAsync(outcome)));
        }

        /// <summary>The host: saves the run, so that it can be continued another day.</summary>
        public void Save(string state)
        {
            RunHost? host = Host;
            if (host != null) _lobby.Click(async () => _lobby.Granted(await host.SaveCheckpointAsync(state)));
        }

        public void Dispose()
        {
            _run.Dispose();
        }

        private void HandleStarted(PartyEvent happened)
        {
            bool isToWait = _stream.Party != null && _stream.Party.Settings.LoadWaitSeconds > 0;
            _isLoading = isToWait && happened.Session != null && happened.Session.GoAt == null;
            _lobby.Draw();
        }

        private void HandleGo(PartyEvent happened)
        {
            _isLoading = false;
            _lobby.Draw();
        }

        private void HandleEnded(PartyEvent happened)
        {
            _isLoading = false;
            _lobby.Draw();
        }

        private void HandleState(GameRunState state)
        {
            _lobby.Draw();
        }
    }
}
