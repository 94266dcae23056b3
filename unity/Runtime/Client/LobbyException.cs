#nullable enable
using System;

namespace AdventureBotLobby
{
    /// <summary>
    /// A request failed: it was invalid, or the server or the network failed for longer than the client retries. The rules of the
    /// lobby never throw: they return a <see cref="LobbyRejection"/>.
    /// </summary>
    public sealed class LobbyException : Exception
    {
        /// <summary>A failure with a code, a message for people, and its cause or null.</summary>
        public LobbyException(string code, string message, Exception? cause = null)
            : base(message, cause)
        {
            Code = code;
        }

        /// <summary>
        /// The kind of failure: one of <see cref="LobbyErrorCodes"/>, or another <c>extensions.code</c> of the server.
        /// </summary>
        public string Code { get; private set; }

        /// <summary>The id of the request in the server's log; null without a response.</summary>
        public string? RequestId { get; internal set; }

        /// <summary>The status of the last HTTP response; 0 without one.</summary>
        public int HttpStatus { get; internal set; }

        /// <summary>The pause that the server asks for before the next attempt; null without one.</summary>
        public TimeSpan? RetryAfter { get; internal set; }

        /// <summary>
        /// The idempotency key of the failed mutation, or null. The mutation may have taken effect. Send the same input with
        /// this key again to find out: it takes effect once.
        /// </summary>
        public string? IdempotencyKey { get; internal set; }

        /// <summary>A copy for the call with this key. Other calls that waited for the same token share the original.</summary>
        internal LobbyException For(string? idempotencyKey)
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

        /// <summary>There is no such party or session, or the player may not see it.</summary>
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

        /// <summary>The request does not have the form of a GraphQL request.</summary>
        public const string BadRequest = "BAD_REQUEST";

        /// <summary>The player may not do this.</summary>
        public const string Forbidden = "FORBIDDEN";

        /// <summary>The document is not GraphQL.</summary>
        public const string ParseFailed = "GRAPHQL_PARSE_FAILED";

        /// <summary>The server's schema lacks something that the document asks for: the server is older than the package.</summary>
        public const string ValidationFailed = "GRAPHQL_VALIDATION_FAILED";

        /// <summary>The document has no such operation.</summary>
        public const string OperationResolutionFailed = "OPERATION_RESOLUTION_FAILURE";

        /// <summary>The server runs its own documents only, and this one is of another version of the package.</summary>
        public const string NotTrusted = "DOCUMENT_NOT_TRUSTED";

        /// <summary>From the client: no response after all attempts.</summary>
        public const string NoAnswer = "NO_ANSWER";

        /// <summary>From the client: the response does not follow the server's schema, such as a page of a proxy.</summary>
        public const string MalformedAnswer = "MALFORMED_ANSWER";

        /// <summary>From the client: an HTTP error status without a GraphQL response.</summary>
        public const string HttpStatus = "HTTP_STATUS";

        /// <summary>From the client: the platform refused to send the request, such as plain http where a project forbids it.</summary>
        public const string NotSent = "NOT_SENT";

        /// <summary>From the client: the game's token provider threw, or took too long.</summary>
        public const string NoToken = "NO_TOKEN";

        /// <summary>From the client: another player signed in, or the player signed out, after the call began.</summary>
        public const string PlayerChanged = "PLAYER_CHANGED";

        /// <summary>Whether the same request fails again, however often it is sent.</summary>
        internal static bool IsPermanent(string? code)
        {
            switch (code)
            {
                case BadUserInput:
                case BadRequest:
                case Forbidden:
                case ParseFailed:
                case ValidationFailed:
                case OperationResolutionFailed:
                case NotTrusted:
                case PersistedQueryNotFound:
                    return true;
                default:
                    return false;
            }
        }
    }
}
