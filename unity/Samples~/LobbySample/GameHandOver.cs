#nullable enable
using AdventureBotLobby.Hosting;

namespace AdventureBotLobby.Sample
{
    /// <summary>
    /// From the lobby into the game and back. With Netcode for GameObjects in the project the run is played over the scene's
    /// NetworkManager: the host of the session hosts it, and lets the others in by their tickets. When the host is gone, the next one does.
    /// </summary>
    public sealed class GameHandOver
    {
        private readonly LobbyScreen _screen;
        private GameRun? _run;

        public GameHandOver(LobbyScreen screen)
        {
            _screen = screen;
        }

        /// <summary>The player has entered a party: follows it into each run.</summary>
        public void Enter(PartyStream stream)
        {
            Leave();
            IGameNetwork? network = _screen.NewNetwork();
            if (network == null) return;
            _run = new GameRun(_screen.Lobby, _screen.Connection, stream, network);
            _run.StateChanged += Tell;
            _run.Trouble += _screen.Say;
            Tell(_run.State);
        }

        /// <summary>The player has left the party.</summary>
        public void Leave()
        {
            if (_run != null) _run.Dispose();
            _run = null;
        }

        private void Tell(GameRunState state)
        {
            switch (state)
            {
                case GameRunState.Hosting: _screen.Say("Into the dungeon, as its host."); break;
                case GameRunState.Playing: _screen.Say("Into the dungeon."); break;
                case GameRunState.HostLost: _screen.Say("The host is gone. Another player is asked to host."); break;
            }
        }
    }
}
