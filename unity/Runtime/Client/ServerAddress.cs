#nullable enable
using System;

namespace AdventureBotLobby
{
    /// <summary>The addresses of a server: for requests, and for the socket.</summary>
    internal static class ServerAddress
    {
        private const string Path = "/graphql";

        /// <summary>The address for requests. Throws <see cref="ArgumentException"/> if it is not an http or https address.</summary>
        public static string Endpoint(string url)
        {
            Uri? address;
            if (!Uri.TryCreate(url, UriKind.Absolute, out address) || (address.Scheme != "http" && address.Scheme != "https"))
            {
                throw new ArgumentException("Not an http or https address: " + url, "url");
            }
            CheckParts(address);
            string trimmed = address.GetLeftPart(UriPartial.Path).TrimEnd('/');
            return trimmed.EndsWith(Path, StringComparison.Ordinal) ? trimmed : trimmed + Path;
        }

        /// <summary>The address of the socket for an http, https, ws or wss address. Throws <see cref="ArgumentException"/>.</summary>
        public static Uri Socket(string url)
        {
            Uri? address;
            string? scheme = Uri.TryCreate(url, UriKind.Absolute, out address) ? SocketScheme(address.Scheme) : null;
            if (address == null || scheme == null) throw new ArgumentException("Not an http, https, ws or wss address: " + url, "url");
            CheckParts(address);
            return new UriBuilder(address) { Scheme = scheme, Port = address.Port }.Uri;
        }

        private static string? SocketScheme(string scheme)
        {
            if (scheme == "https" || scheme == "wss") return "wss";
            return scheme == "http" || scheme == "ws" ? "ws" : null;
        }

        private static void CheckParts(Uri address)
        {
            bool isPlain = address.Host.Length > 0 && address.Query.Length == 0 && address.Fragment.Length == 0
                && address.UserInfo.Length == 0;
            if (isPlain) return;
            string message = "The address of the server has no user, query or fragment: " + address.GetLeftPart(UriPartial.Path);
            throw new ArgumentException(message, "url");
        }
    }
}
