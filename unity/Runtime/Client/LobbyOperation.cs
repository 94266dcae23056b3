#nullable enable
using System;

namespace AdventureBotLobby
{
    /// <summary>One operation with its variables, and the reader of its response.</summary>
    internal sealed class LobbyOperation<T>
    {
        private readonly Action<LobbyJsonWriter>? _writeVariables;
        private readonly IIdempotentInput? _input;

        public LobbyOperation(LobbyDocument document, Func<LobbyJsonReader, T> read)
        {
            Document = document;
            Read = read;
        }

        public LobbyOperation(LobbyDocument document, Action<LobbyJsonWriter> writeVariables, Func<LobbyJsonReader, T> read)
            : this(document, read)
        {
            _writeVariables = writeVariables;
        }

        public LobbyOperation(LobbyDocument document, IIdempotentInput input, Func<LobbyJsonReader, T> read)
            : this(document, read)
        {
            if (input == null) throw new ArgumentNullException("input");
            _input = input;
        }

        public LobbyDocument Document { get; private set; }

        /// <summary>Reads the value of the root field.</summary>
        public Func<LobbyJsonReader, T> Read { get; private set; }

        /// <summary>The idempotency key of the call; null for an operation that changes nothing.</summary>
        public string? KeyFor(ILobbyRandom random)
        {
            if (_input == null) return null;
            return _input.IdempotencyKey ?? random.NewKey();
        }

        /// <summary>Writes the members of <c>variables</c>.</summary>
        public void WriteVariables(LobbyJsonWriter writer, string? idempotencyKey)
        {
            if (_input != null) _input.Write(writer.Name("input"), idempotencyKey);
            else if (_writeVariables != null) _writeVariables(writer);
        }
    }

    /// <summary>
    /// A document that a request can name by its hash. A server of another version may not know it, and gets the text
    /// instead.
    /// </summary>
    public sealed class LobbyDocument
    {
        /// <summary>A document with its name, its hash and its text.</summary>
        public LobbyDocument(string name, string hash, string text)
        {
            Name = name;
            Hash = hash;
            Text = text;
        }

        /// <summary>The name of its operation.</summary>
        public string Name { get; private set; }

        /// <summary>The SHA-256 of its text, in lower-case hex.</summary>
        public string Hash { get; private set; }

        /// <summary>The whole text, with its fragments.</summary>
        public string Text { get; private set; }

        /// <summary>
        /// Writes a request as one JSON object, in the format of both HTTP and sockets.
        /// <paramref name="writeVariables"/> writes the members of <c>variables</c>, and may be null.
        /// </summary>
        public void WriteRequest(LobbyJsonWriter writer, bool withText, System.Action<LobbyJsonWriter>? writeVariables)
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
