#nullable enable
namespace AdventureBotLobby.Hosting
{
    /// <summary>Where a player's game is in the run of its party.</summary>
    public enum GameRunState
    {
        /// <summary>No session runs, or its endpoint is not known yet.</summary>
        Waiting,

        /// <summary>The game opens its network, to host the run.</summary>
        Opening,

        /// <summary>The game hosts the run, and its player plays in it.</summary>
        Hosting,

        /// <summary>The game connects to the host or game server.</summary>
        Joining,

        /// <summary>The game is connected to the host or game server.</summary>
        Playing,

        /// <summary>The connection to the game is lost. The next attempt follows by itself, with a new ticket.</summary>
        Reconnecting,

        /// <summary>The host is gone. Another player is asked to host.</summary>
        HostLost,

        /// <summary>The player has left the run, and it goes on without this player. See <see cref="GameRun.ComeBack"/>.</summary>
        Left,

        /// <summary>The session is over, or the player is no longer in the party.</summary>
        Ended
    }
}
