using System;

namespace AdventureBot2.Lobby
{
    /// <summary>
    /// A request came to nothing: not by the lobby's rules, which answer with a <see cref="Rejection"/>, but because it
    /// was wrong, or the server or the way to it failed for longer than the client tries.
    /// </summary>
    public sealed class LobbyException : Exception
    {
        public LobbyException(string code, string message, Exception cause = null)
            : base(message, cause)
        {
            Code = code;
        }

        /// <summary>
        /// What to go by: one of <see cref="LobbyErrorCodes"/>, or another <c>extensions.code</c> of the server.
        /// </summary>
        public string Code { get; private set; }

        /// <summary>Under which the server's log has the request; null when no server answered.</summary>
        public string RequestId { get; internal set; }

        /// <summary>The status of the last HTTP answer; 0 when there was none.</summary>
        public int HttpStatus { get; internal set; }

        /// <summary>How long the server asks to wait before the same is tried again; null when it does not say.</summary>
        public TimeSpan? RetryAfter { get; internal set; }

        /// <summary>
        /// The key of the mutation that failed, or null. Whether it counted may be open: put the key into the same
        /// input again to find out, and it counts once.
        /// </summary>
        public string IdempotencyKey { get; internal set; }

        /// <summary>The same for the call of this key. Others may hold this very exception: they waited for the same token.</summary>
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
}
