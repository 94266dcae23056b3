#nullable enable
using System;

namespace AdventureBotLobby
{
    /// <summary>The text is not the expected JSON. The message names the error and its position.</summary>
    public sealed class MalformedJsonException : FormatException
    {
        /// <summary>The number of characters before the error.</summary>
        public int Offset { get; private set; }

        /// <summary>What was expected, and where.</summary>
        public MalformedJsonException(string message, int offset)
            : base(message + " at offset " + offset + ".")
        {
            Offset = offset;
        }
    }
}
