using System;

namespace AdventureBot2.Lobby
{
    /// <summary>An answer of a kind that this version of the package does not know.</summary>
    internal sealed class UnknownAnswerException : Exception
    {
        public UnknownAnswerException(string typename)
            : base("The server answered with " + (typename ?? "nothing") + ", which this version of the package does not know.")
        {
        }
    }
}
