namespace AdventureBot2.Lobby
{
    /// <summary>What a server, or something on the way to it, answered.</summary>
    public sealed class LobbyHttpAnswer
    {
        public LobbyHttpAnswer(int status, string body, string requestId, string retryAfter)
        {
            Status = status;
            Body = body;
            RequestId = requestId;
            RetryAfter = retryAfter;
        }

        public int Status { get; private set; }

        public string Body { get; private set; }

        /// <summary>The header <c>X-Request-Id</c>, under which the server's log has the request; null if there is none.</summary>
        public string RequestId { get; private set; }

        /// <summary>The header <c>Retry-After</c>; null if there is none.</summary>
        public string RetryAfter { get; private set; }
    }
}
