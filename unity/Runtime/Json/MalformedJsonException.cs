using System;

namespace AdventureBot2.Lobby
{
    /// <summary>Text that is not the JSON that was expected; the message says what is wrong and where.</summary>
    public sealed class MalformedJsonException : FormatException
    {
        /// <summary>Characters before the place at fault.</summary>
        public int Offset { get; private set; }

        public MalformedJsonException(string message, int offset)
            : base(message + " at offset " + offset + ".")
        {
            Offset = offset;
        }
    }
}
