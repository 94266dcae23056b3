namespace AdventureBot2.Lobby
{
    /// <summary>Codes of <see cref="LobbyException"/>: the server's, and those of the client itself.</summary>
    public static class LobbyErrorCodes
    {
        /// <summary>The request needs a player, and has none, or one whose token the server does not take.</summary>
        public const string Unauthenticated = "UNAUTHENTICATED";

        /// <summary>An argument of a query is out of its bounds.</summary>
        public const string BadUserInput = "BAD_USER_INPUT";

        public const string NotFound = "NOT_FOUND";

        /// <summary>Too much in too short a time; <see cref="LobbyException.RetryAfter"/> says when it may be tried again.</summary>
        public const string RateLimited = "RATE_LIMITED";

        /// <summary>The server can't, just now.</summary>
        public const string Unavailable = "UNAVAILABLE";

        /// <summary>Too much at once: too many streams, too large a request.</summary>
        public const string LimitExceeded = "LIMIT_EXCEEDED";

        /// <summary>A fault of the server's; its log has the request id.</summary>
        public const string Internal = "INTERNAL";

        /// <summary>The server does not know the document by its hash.</summary>
        public const string PersistedQueryNotFound = "PERSISTED_QUERY_NOT_FOUND";

        /// <summary>Of the client: no answer, after all attempts.</summary>
        public const string NoAnswer = "NO_ANSWER";

        /// <summary>Of the client: an answer that is not what the server's schema says, such as a proxy's page.</summary>
        public const string MalformedAnswer = "MALFORMED_ANSWER";

        /// <summary>Of the client: an HTTP status without an answer of the server's own.</summary>
        public const string HttpStatus = "HTTP_STATUS";
    }
}
