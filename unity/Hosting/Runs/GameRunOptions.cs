#nullable enable
using System;

namespace AdventureBotLobby.Hosting
{
    /// <summary>The dependencies and times of a <see cref="GameRun"/>. Null selects the default.</summary>
    public sealed class GameRunOptions
    {
        /// <summary>The defaults.</summary>
        public GameRunOptions()
        {
            FirstRetry = TimeSpan.FromSeconds(1);
            LongestRetry = TimeSpan.FromSeconds(10);
        }

        /// <summary>Calls the tick of the run. Default in Unity: <see cref="UnityLoop"/>.</summary>
        public ILoop? Loop { get; set; }

        /// <summary>The id of the own player, for a game with a token provider. Guests need none.</summary>
        public string? PlayerId { get; set; }

        /// <summary>The lobby's public keys. Default: those that the lobby of the client publishes.</summary>
        public ITicketKeys? Keys { get; set; }

        /// <summary>The times of the host's side.</summary>
        public RunHostOptions? Host { get; set; }

        /// <summary>The pause before the first attempt to come back into the game. It doubles with each attempt.</summary>
        public TimeSpan FirstRetry { get; set; }

        /// <summary>The greatest pause before an attempt.</summary>
        public TimeSpan LongestRetry { get; set; }
    }
}
