#nullable enable
namespace AdventureBotLobby.Hosting
{
    /// <summary>Whether a client may come into the game.</summary>
    public sealed class LobbyAdmission
    {
        internal LobbyAdmission(TicketProblem problem)
        {
            Problem = problem;
        }

        internal LobbyAdmission(LobbyTicket ticket, ulong? replaces)
        {
            Ticket = ticket;
            Replaces = replaces;
        }

        /// <summary>Whether the client may come in.</summary>
        public bool IsAdmitted
        {
            get { return Ticket != null; }
        }

        /// <summary>The verified and spent ticket; null if the client may not come in.</summary>
        public LobbyTicket? Ticket { get; private set; }

        /// <summary>Why the client may not come in.</summary>
        public TicketProblem Problem { get; private set; }

        /// <summary>An earlier client of the same player, which came back before its loss was noticed: disconnect it. Else null.</summary>
        public ulong? Replaces { get; private set; }
    }
}
