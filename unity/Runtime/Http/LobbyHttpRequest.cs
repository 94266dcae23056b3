namespace AdventureBot2.Lobby
{
    /// <summary>A POST of JSON.</summary>
    public sealed class LobbyHttpRequest
    {
        public LobbyHttpRequest(string url, string body, string accessToken, int timeoutSeconds)
        {
            Url = url;
            Body = body;
            AccessToken = accessToken;
            TimeoutSeconds = timeoutSeconds;
        }

        public string Url { get; private set; }

        /// <summary>JSON, to be sent as UTF-8 with <c>Content-Type: application/json</c>.</summary>
        public string Body { get; private set; }

        /// <summary>To be sent as <c>Authorization: Bearer</c>; null for a stranger.</summary>
        public string AccessToken { get; private set; }

        /// <summary>After this long without an answer it counts as lost.</summary>
        public int TimeoutSeconds { get; private set; }
    }
}
