#nullable enable
using System;

namespace AdventureBotLobby.Hosting
{
    /// <summary>The times of a <see cref="RunHost"/>.</summary>
    public sealed class RunHostOptions
    {
        /// <summary>The defaults.</summary>
        public RunHostOptions()
        {
            AbsenceMax = TimeSpan.FromSeconds(120);
            AdmissionTimeout = TimeSpan.FromSeconds(8);
            ReportPause = TimeSpan.FromSeconds(1);
        }

        /// <summary>
        /// A player whose connection to the game is lost may come back within this time. Then the host reports that the player
        /// has left the run. The lobby keeps the seat for 120 s by default.
        /// </summary>
        public TimeSpan AbsenceMax { get; set; }

        /// <summary>The time that the lobby has to accept a ticket. Netcode gives a client 10 s to be approved.</summary>
        public TimeSpan AdmissionTimeout { get; set; }

        /// <summary>The least time between two reports of players to the lobby.</summary>
        public TimeSpan ReportPause { get; set; }
    }
}
