using System;

namespace AdventureBot2.Lobby
{
    /// <summary>A token of the game's own sign-in.</summary>
    public sealed class ProvidedToken
    {
        /// <summary>Without <paramref name="expiresAt"/> it is used until the server refuses it.</summary>
        public ProvidedToken(string value, DateTime? expiresAt = null)
        {
            if (value == null) throw new ArgumentNullException("value");
            Value = value;
            ExpiresAt = expiresAt;
        }

        public string Value { get; private set; }

        /// <summary>In UTC.</summary>
        public DateTime? ExpiresAt { get; private set; }
    }
}
