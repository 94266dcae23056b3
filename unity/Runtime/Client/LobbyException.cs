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

        /// <summary>
        /// The key of the mutation that failed, or null. Whether it counted may be open: put the key into the same
        /// input again to find out, and it counts once.
        /// </summary>
        public string IdempotencyKey { get; internal set; }
    }
}
