using System;
using System.Globalization;

namespace AdventureBot2.Lobby
{
    /// <summary>A guest's credentials as they are kept.</summary>
    internal sealed class KeptCredentials
    {
        public string AccessToken { get; private set; }

        public DateTime ExpiresAt { get; private set; }

        public string RefreshToken { get; private set; }

        /// <summary>By this device's clock; the beginning of time for those of an earlier start of the game.</summary>
        public DateTime GrantedAt { get; private set; }

        public Player Player { get; private set; }

        public static KeptCredentials Of(Credentials granted, DateTime now)
        {
            return new KeptCredentials
            {
                AccessToken = granted.AccessToken,
                ExpiresAt = granted.ExpiresAt,
                RefreshToken = granted.RefreshToken,
                Player = granted.Player,
                GrantedAt = now,
            };
        }

        /// <summary>Null for null, and for what is not credentials: then there are none.</summary>
        public static KeptCredentials Parse(string kept)
        {
            if (kept == null) return null;
            try
            {
                Credentials read = Credentials.Read(new JsonReader(kept));
                bool isWhole = read != null && read.AccessToken != null && read.RefreshToken != null && read.Player != null;
                return isWhole ? Of(read, DateTime.MinValue) : null;
            }
            catch (MalformedJsonException)
            {
                return null;
            }
        }

        public override string ToString()
        {
            var writer = new JsonWriter().BeginObject();
            writer.Member("accessToken", AccessToken);
            writer.Member("expiresAt", ExpiresAt.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
            writer.Member("refreshToken", RefreshToken);
            writer.Name("player").BeginObject();
            writer.Member("id", Player.Id);
            writer.Member("displayName", Player.DisplayName);
            return writer.EndObject().EndObject().ToString();
        }
    }
}
