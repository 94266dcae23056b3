#nullable enable
using System;
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBotLobby
{
    /// <summary>Provides the access token of each request and each socket.</summary>
    public interface ILobbyTokens
    {
        /// <summary>
        /// A token that does not expire soon; null if nobody is signed in. Concurrent calls share one refresh. Throws
        /// <see cref="LobbyException"/> if a refresh fails.
        /// </summary>
        Task<string?> GetAsync(CancellationToken cancellation);

        /// <summary>The server rejected this token: the next call of <see cref="GetAsync"/> returns another one.</summary>
        void Refuse(string token);
    }

    /// <summary>Tokens that tell when they are those of another player.</summary>
    internal interface IPlayerTokens : ILobbyTokens
    {
        /// <summary>How often another player signed in, or the player signed out.</summary>
        int PlayerChanges { get; }

        /// <summary>Raised after each such change, on the thread that caused it.</summary>
        event Action? PlayerChanged;
    }

    /// <summary>Whom a token is for.</summary>
    internal static class TokenSubject
    {
        private const int PartsOfJwt = 3;

        /// <summary>The subject of a JWT, without a check of its signature; null for null and for other tokens.</summary>
        public static string? Of(string? token)
        {
            string[] parts = token == null ? new string[0] : token.Split('.');
            if (parts.Length != PartsOfJwt) return null;
            try
            {
                return Subject(new LobbyJsonReader(Decoded(parts[1])));
            }
            catch (FormatException)
            {
                return null;
            }
        }

        private static string Decoded(string base64Url)
        {
            string base64 = base64Url.Replace('-', '+').Replace('_', '/');
            string padded = base64.PadRight((base64.Length + 3) / 4 * 4, '=');
            return System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(padded));
        }

        private static string? Subject(LobbyJsonReader reader)
        {
            string? name, subject = null;
            if (!reader.BeginObject()) return null;
            while (reader.NextMember(out name))
            {
                if (name == "sub") subject = reader.ReadString();
                else reader.Skip();
            }
            return subject;
        }
    }
}
