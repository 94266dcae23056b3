using System;
using System.IO;

namespace AdventureBot2.Lobby
{
    /// <summary>A request got no answer: no connection, a connection that broke, or a time that ran out.</summary>
    public sealed class LostAnswerException : IOException
    {
        public LostAnswerException(string message, Exception cause = null)
            : base(message, cause)
        {
        }
    }
}
