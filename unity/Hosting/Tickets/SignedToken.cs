#nullable enable
using System;
using System.Text;

namespace AdventureBotLobby.Hosting
{
    /// <summary>A JSON Web Token in its three parts. Nothing of it is verified yet.</summary>
    internal sealed class SignedToken
    {
        private SignedToken(string claims, byte[] signed, byte[] signature)
        {
            Claims = claims;
            Signed = signed;
            Signature = signature;
        }

        public string? Algorithm { get; private set; }

        public string? KeyId { get; private set; }

        /// <summary>The claims as JSON.</summary>
        public string Claims { get; private set; }

        /// <summary>The bytes that the signature is for.</summary>
        public byte[] Signed { get; private set; }

        public byte[] Signature { get; private set; }

        /// <summary>Null if the text has not the form of a token.</summary>
        public static SignedToken? Read(string text)
        {
            string[] parts = text.Split('.');
            if (parts.Length != 3) return null;
            byte[]? head = Base64Url.Decode(parts[0]), claims = Base64Url.Decode(parts[1]), signature = Base64Url.Decode(parts[2]);
            if (head == null || claims == null || signature == null) return null;
            byte[] signed = Encoding.ASCII.GetBytes(parts[0] + "." + parts[1]);
            var token = new SignedToken(Encoding.UTF8.GetString(claims), signed, signature);
            return token.ReadHead(new LobbyJsonReader(Encoding.UTF8.GetString(head))) ? token : null;
        }

        private bool ReadHead(LobbyJsonReader reader)
        {
            try
            {
                if (!reader.BeginObject()) return false;
                string? name;
                while (reader.NextMember(out name))
                {
                    if (name == "alg") Algorithm = reader.ReadString();
                    else if (name == "kid") KeyId = reader.ReadString();
                    else reader.Skip();
                }
                return true;
            }
            catch (MalformedJsonException)
            {
                return false;
            }
        }
    }

    /// <summary>Base64 with the alphabet of URLs, without padding.</summary>
    internal static class Base64Url
    {
        /// <summary>Null if the text is not base64 of this kind.</summary>
        public static byte[]? Decode(string text)
        {
            if (text.IndexOfAny(_notOfUrls) >= 0) return null;
            string padded = text.Replace('-', '+').Replace('_', '/') + new string('=', (4 - text.Length % 4) % 4);
            try
            {
                return Convert.FromBase64String(padded);
            }
            catch (FormatException)
            {
                return null;
            }
        }

        private static readonly char[] _notOfUrls = { '+', '/', '=', ' ', '\t', '\r', '\n' };
    }
}
