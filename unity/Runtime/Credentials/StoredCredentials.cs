#nullable enable
using System;
using System.Globalization;

namespace AdventureBotLobby
{
    /// <summary>The credentials of a guest, as text in an <see cref="ICredentialStore"/>.</summary>
    internal sealed class StoredCredentials
    {
        public string AccessToken { get; private set; } = "";

        public DateTime ExpiresAt { get; private set; }

        public string RefreshToken { get; private set; } = "";

        /// <summary>When the server granted them, by this device's clock; MinValue for those of an earlier version of the package.</summary>
        public DateTime GrantedAt { get; private set; }

        public LobbyPlayer Player { get; private set; } = null!;

        public static StoredCredentials Of(LobbyCredentials granted, DateTime now)
        {
            return new StoredCredentials
            {
                AccessToken = granted.AccessToken,
                ExpiresAt = granted.ExpiresAt,
                RefreshToken = granted.RefreshToken,
                Player = granted.Player,
                GrantedAt = now,
            };
        }

        /// <summary>Reads stored credentials. Null for null, and for invalid text.</summary>
        public static StoredCredentials? Parse(string? stored)
        {
            if (stored == null) return null;
            try
            {
                LobbyCredentials? read = LobbyCredentials.Read(new LobbyJsonReader(stored));
                bool isWhole = read != null && read.AccessToken != null && read.RefreshToken != null
                    && read.Player != null && read.Player.Id != null;
                return isWhole ? Of(read!, GrantedAtOf(new LobbyJsonReader(stored))) : null;
            }
            catch (MalformedJsonException)
            {
                return null;
            }
        }

        public override string ToString()
        {
            var writer = new LobbyJsonWriter().BeginObject();
            writer.Member("accessToken", AccessToken);
            writer.Member("expiresAt", Text(ExpiresAt));
            writer.Member("refreshToken", RefreshToken);
            writer.Member("grantedAt", Text(GrantedAt));
            writer.Name("player").BeginObject();
            writer.Member("id", Player.Id);
            writer.Member("displayName", Player.DisplayName);
            return writer.EndObject().EndObject().ToString();
        }

        /// <summary>A member of the client's own, which the server's credentials do not have.</summary>
        private static DateTime GrantedAtOf(LobbyJsonReader reader)
        {
            string? name;
            DateTime? grantedAt = null;
            reader.BeginObject();
            while (reader.NextMember(out name))
            {
                if (name == "grantedAt") grantedAt = reader.ReadTimeOrNull();
                else reader.Skip();
            }
            return grantedAt ?? DateTime.MinValue;
        }

        private static string Text(DateTime time)
        {
            return time.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        }
    }
}
