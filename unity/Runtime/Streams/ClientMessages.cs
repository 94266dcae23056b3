namespace AdventureBot2.Lobby
{
    /// <summary>The messages of graphql-transport-ws that a client sends.</summary>
    internal static class ClientMessages
    {
        public const string Subprotocol = "graphql-transport-ws";
        public const string Ping = "{\"type\":\"ping\"}";
        public const string Pong = "{\"type\":\"pong\"}";

        public static string Init(string token)
        {
            var writer = new JsonWriter();
            writer.BeginObject().Name("type").Value("connection_init").Name("payload").BeginObject();
            if (!string.IsNullOrEmpty(token)) writer.Name("authorization").Value("Bearer " + token);
            return writer.EndObject().EndObject().ToString();
        }

        /// <summary>With the document's text: it is sent once for each connection, and any server knows it then.</summary>
        public static string Subscribe<T>(string id, LobbyOperation<T> operation)
        {
            var writer = new JsonWriter();
            writer.BeginObject().Name("type").Value("subscribe").Name("id").Value(id).Name("payload");
            operation.Document.WriteRequest(writer, true, variables => operation.WriteVariables(variables, null));
            return writer.EndObject().ToString();
        }

        public static string Complete(string id)
        {
            return new JsonWriter().BeginObject().Name("type").Value("complete").Name("id").Value(id).EndObject().ToString();
        }
    }
}
