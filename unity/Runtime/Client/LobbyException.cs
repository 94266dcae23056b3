using System;

namespace AdventureBot2.Lobby
{
    /// <summary>
    /// A request failed: it was invalid, or the server or the network failed for longer than the client retries. The rules of the
    /// lobby never throw: they return a <see cref="Rejection"/>.
    /// </summary>
    public sealed class LobbyException : Exception
    {
        public LobbyException(string code, string message, Exception cause = null)
            : base(message, cause)
        {
            Code = code;
        }

        /// <summary>
        /// The kind of failure: one of <see cref="LobbyErrorCodes"/>, or another <c>extensions.code</c> of the server.
        /// </summary>
        public string Code { get; private set; }

        /// <summary>The id of the request in the server's log; null without a response.</summary>
        public string RequestId { get; internal set; }

        /// <summary>The status of the last HTTP response; 0 without one.</summary>
        public int HttpStatus { get; internal set; }

        /// <summary>The pause that the server asks for before the next attempt; null without one.</summary>
        public TimeSpan? RetryAfter { get; internal set; }

        /// <summary>
        /// The idempotency key of the failed mutation, or null. The mutation may have taken effect. Send the same input with
        /// this key again to find out: it takes effect once.
        /// </summary>
        public string IdempotencyKey { get; internal set; }

        /// <summary>A copy for the call with this key. Other calls that waited for the same token share the original.</summary>
        internal LobbyException For(string idempotencyKey)
        {
            return new LobbyException(Code, Message, this)
            {
                RequestId = RequestId,
                HttpStatus = HttpStatus,
                RetryAfter = RetryAfter,
                IdempotencyKey = idempotencyKey,
            };
        }
    }

    /// <summary>Codes of <see cref="LobbyException"/>: those of the server, and those of the client itself.</summary>
    public static class LobbyErrorCodes
    {
        /// <summary>The request needs a token and has none, or the server rejected it.</summary>
        public const string Unauthenticated = "UNAUTHENTICATED";

        /// <summary>An argument of a query is out of bounds.</summary>
        public const string BadUserInput = "BAD_USER_INPUT";

        public const string NotFound = "NOT_FOUND";

        /// <summary>Too many requests. <see cref="LobbyException.RetryAfter"/> is the time to wait.</summary>
        public const string RateLimited = "RATE_LIMITED";

        /// <summary>The server is temporarily unavailable.</summary>
        public const string Unavailable = "UNAVAILABLE";

        /// <summary>A limit was exceeded: too many streams, or too large a request.</summary>
        public const string LimitExceeded = "LIMIT_EXCEEDED";

        /// <summary>The server failed. Its log has the request id.</summary>
        public const string Internal = "INTERNAL";

        /// <summary>The server does not know the document by its hash.</summary>
        public const string PersistedQueryNotFound = "PERSISTED_QUERY_NOT_FOUND";

        /// <summary>From the client: no response after all attempts.</summary>
        public const string NoAnswer = "NO_ANSWER";

        /// <summary>From the client: the response does not follow the server's schema, such as a page of a proxy.</summary>
        public const string MalformedAnswer = "MALFORMED_ANSWER";

        /// <summary>From the client: an HTTP error status without a GraphQL response.</summary>
        public const string HttpStatus = "HTTP_STATUS";
    }
}
