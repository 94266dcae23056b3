namespace AdventureBot2.Lobby
{
    /// <summary>Why a socket was closed: codes of RFC 6455 (7.4.1) and of graphql-transport-ws.</summary>
    internal static class SocketCodes
    {
        public const int NoCode = 1005;
        public const int Lost = 1006;
        public const int MessageTooBig = 1009;
        public const int FirstOfProtocols = 4000;
        public const int Unauthorized = 4401;
        public const int Forbidden = 4403;

        /// <summary>Whether the server takes the token for no longer good.</summary>
        public static bool RefusesToken(int code)
        {
            return code == Forbidden || code == Unauthorized;
        }
    }
}
