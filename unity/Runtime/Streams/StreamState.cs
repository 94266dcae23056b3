namespace AdventureBot2.Lobby
{
    /// <summary>How a stream stands.</summary>
    public enum StreamState
    {
        /// <summary>On its way, for the first time.</summary>
        Connecting,

        /// <summary>What happens is told as it happens.</summary>
        Live,

        /// <summary>The connection was lost and is being made again; what happens meanwhile is told afterwards.</summary>
        Reconnecting,

        /// <summary>Over, and it does not come back. <see cref="LobbyStream.End"/> says why.</summary>
        Ended
    }

    /// <summary>Why a stream ended. Nothing else ends one: whatever may pass is waited for.</summary>
    public enum StreamEndReason
    {
        /// <summary>The player is no longer in the party; <see cref="PartyStream.Removed"/> told more.</summary>
        Removed,

        /// <summary>There is no such party or session that the player may watch.</summary>
        NotFound,

        /// <summary>The server takes no token of this player's, not even one that was just refreshed.</summary>
        Unauthenticated,

        /// <summary>The server refuses the request as wrong; its message says what.</summary>
        Refused,

        /// <summary>The game disposed of it.</summary>
        Disposed
    }

    /// <summary>The end of a stream.</summary>
    public sealed class StreamEnd
    {
        internal static readonly StreamEnd ByTheGame = new StreamEnd(StreamEndReason.Disposed, "The game disposed of it.");

        internal StreamEnd(StreamEndReason reason, string message)
        {
            Reason = reason;
            Message = message;
        }

        public StreamEndReason Reason { get; private set; }

        /// <summary>For people; it may change.</summary>
        public string Message { get; private set; }
    }
}
