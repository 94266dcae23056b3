#nullable enable
namespace AdventureBotLobby.UIToolkitSample
{
    /// <summary>One member of the party, as a line.</summary>
    public sealed class MemberRow
    {
        internal MemberRow(LobbyMember member, string ownId)
        {
            Id = member.Player.Id;
            Name = member.Player.DisplayName;
            Class = member.CharacterClass ?? "no class yet";
            Team = member.Team;
            IsLeader = member.IsLeader;
            IsReady = member.Ready;
            IsConnected = member.Connection == MemberConnection.Connected;
            IsMe = Id == ownId;
        }

        public string Id { get; private set; }

        public string Name { get; private set; }

        public string Class { get; private set; }

        /// <summary>Null in a party without teams.</summary>
        public int? Team { get; private set; }

        public bool IsLeader { get; private set; }

        public bool IsReady { get; private set; }

        public bool IsConnected { get; private set; }

        public bool IsMe { get; private set; }

        public string Text
        {
            get
            {
                string line = Name + "   " + Class;
                if (Team != null) line += "   team " + Team;
                if (IsLeader) line += "   leads";
                if (IsReady) line += "   ready";
                return IsConnected ? line : line + "   (connection lost)";
            }
        }
    }
}
