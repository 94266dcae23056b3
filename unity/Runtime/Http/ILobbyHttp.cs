#nullable enable
using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBotLobby
{
    /// <summary>Sends one HTTP request. The client retries, not the implementation.</summary>
    public interface ILobbyHttp
    {
        /// <summary>
        /// The server's response with any status. Throws <see cref="LostAnswerException"/> without a response, when the server
        /// may have received the request, and <see cref="System.OperationCanceledException"/> if
        /// <paramref name="cancellation"/> came first. Any other exception says that the request was not sent, and that a
        /// retry would fail too: the call ends with the code NOT_SENT.
        /// </summary>
        Task<LobbyHttpAnswer> PostAsync(LobbyHttpRequest request, CancellationToken cancellation);
    }

    /// <summary>A POST request with a JSON body.</summary>
    public sealed class LobbyHttpRequest
    {
        /// <summary>A request; see the properties.</summary>
        public LobbyHttpRequest(string url, string body, string? accessToken, int timeoutSeconds)
        {
            Url = url;
            Body = body;
            AccessToken = accessToken;
            TimeoutSeconds = timeoutSeconds;
        }

        /// <summary>The address to send it to.</summary>
        public string Url { get; private set; }

        /// <summary>JSON. Send it as UTF-8 with <c>Content-Type: application/json</c>.</summary>
        public string Body { get; private set; }

        /// <summary>Send it as <c>Authorization: Bearer</c>. Null for a request without credentials.</summary>
        public string? AccessToken { get; private set; }

        /// <summary>Without a response in this time, the response counts as lost.</summary>
        public int TimeoutSeconds { get; private set; }
    }

    /// <summary>The HTTP response of the server or of a proxy.</summary>
    public sealed class LobbyHttpAnswer
    {
        /// <summary>A response; see the properties.</summary>
        public LobbyHttpAnswer(int status, string? body, string? requestId, string? retryAfter)
        {
            Status = status;
            Body = body ?? "";
            RequestId = requestId;
            RetryAfter = retryAfter;
        }

        /// <summary>The HTTP status.</summary>
        public int Status { get; private set; }

        /// <summary>The body as text; may be empty.</summary>
        public string Body { get; private set; }

        /// <summary>The header <c>X-Request-Id</c>: the id of the request in the server's log. Null without the header.</summary>
        public string? RequestId { get; private set; }

        /// <summary>The header <c>Retry-After</c>; null without it.</summary>
        public string? RetryAfter { get; private set; }
    }

    /// <summary>A request had no response: connecting failed, the connection broke, or the time ran out.</summary>
    public sealed class LostAnswerException : IOException
    {
        /// <summary>A message for people, and the cause or null.</summary>
        public LostAnswerException(string message, Exception? cause = null)
            : base(message, cause)
        {
        }
    }
}
