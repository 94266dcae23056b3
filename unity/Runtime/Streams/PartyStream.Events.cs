using System;

namespace AdventureBot2.Lobby
{
    // One event for each kind of frame.
    public sealed partial class PartyStream
    {
        /// <summary>The party is another: draw it. Raised after the event that says how it came about.</summary>
        public event Action<Party> Changed;

        /// <summary>
        /// Any entry of the log or snapshot, ahead of its own event; also of kinds that this version of the client has no
        /// event for.
        /// </summary>
        public event Action<PartyEvent> Happened;

        /// <summary>The stream began, or had to skip to the present: take the party as it is.</summary>
        public event Action<PartyEvent> PartySnapshot;

        public event Action<PartyEvent> PartyCreated;

        public event Action<PartyEvent> SettingsChanged;

        public event Action<PartyEvent> MemberJoined;

        public event Action<PartyEvent> MemberLeft;

        /// <summary>Ready, class or properties.</summary>
        public event Action<PartyEvent> MemberUpdated;

        public event Action<PartyEvent> MemberConnectionChanged;

        public event Action<PartyEvent> LeaderChanged;

        /// <summary>Count down to <c>StartsAt</c> by <see cref="LobbyConnection.ServerNow"/>.</summary>
        public event Action<PartyEvent> CountdownStarted;

        public event Action<PartyEvent> CountdownCancelled;

        /// <summary>With the player's own ticket, and the endpoint if it is known already.</summary>
        public event Action<PartyEvent> SessionStarted;

        /// <summary>Floor, endpoint, properties, or who is inside.</summary>
        public event Action<PartyEvent> SessionUpdated;

        public event Action<PartyEvent> SessionEnded;

        public event Action<PartyEvent> MessagePosted;

        public event Action<PartyEvent> PartyClosed;

        /// <summary>Nothing happened for a while.</summary>
        public event Action<PartyEvent> Heartbeat;

        /// <summary>The player is out of the party. The stream ends with it.</summary>
        public event Action<PartyEvent> Removed;

        private Action<PartyEvent> HandlersOf(PartyEventKind kind)
        {
            switch (kind)
            {
                case PartyEventKind.PartySnapshot: return PartySnapshot;
                case PartyEventKind.PartyCreated: return PartyCreated;
                case PartyEventKind.SettingsChanged: return SettingsChanged;
                case PartyEventKind.MemberJoined: return MemberJoined;
                case PartyEventKind.MemberLeft: return MemberLeft;
                case PartyEventKind.MemberUpdated: return MemberUpdated;
                case PartyEventKind.MemberConnectionChanged: return MemberConnectionChanged;
                case PartyEventKind.LeaderChanged: return LeaderChanged;
                case PartyEventKind.CountdownStarted: return CountdownStarted;
                case PartyEventKind.CountdownCancelled: return CountdownCancelled;
                case PartyEventKind.SessionStarted: return SessionStarted;
                case PartyEventKind.SessionUpdated: return SessionUpdated;
                case PartyEventKind.SessionEnded: return SessionEnded;
                case PartyEventKind.MessagePosted: return MessagePosted;
                case PartyEventKind.PartyClosed: return PartyClosed;
                case PartyEventKind.Heartbeat: return Heartbeat;
                case PartyEventKind.Removed: return Removed;
                default: return null;
            }
        }
    }
}
