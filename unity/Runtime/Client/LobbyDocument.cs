namespace AdventureBot2.Lobby
{
    /// <summary>
    /// A document that the server knows from its start, and so can be named by its hash. An older or newer server may
    /// not know it; that one is sent the text.
    /// </summary>
    public sealed class LobbyDocument
    {
        public LobbyDocument(string name, string hash, string text)
        {
            Name = name;
            Hash = hash;
            Text = text;
        }

        /// <summary>Of its one operation.</summary>
        public string Name { get; private set; }

        /// <summary>The SHA-256 of its text, in lower-case hex.</summary>
        public string Hash { get; private set; }

        public string Text { get; private set; }

        /// <summary>
        /// Writes a request for it as one object, in the shape that HTTP and sockets have in common.
        /// <paramref name="writeVariables"/> writes the members of <c>variables</c>, and may be null.
        /// </summary>
        public void WriteRequest(JsonWriter writer, bool withText, System.Action<JsonWriter> writeVariables)
        {
            writer.BeginObject().Name("operationName").Value(Name);
            if (withText) writer.Name("query").Value(Text);
            else writer.Name("documentId").Value("sha256:" + Hash);
            if (writeVariables != null)
            {
                writer.Name("variables").BeginObject();
                writeVariables(writer);
                writer.EndObject();
            }
            writer.EndObject();
        }
    }
}
