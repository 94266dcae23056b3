using System;

namespace AdventureBot2.Lobby
{
    /// <summary>One operation with its variables, and how its answer is read.</summary>
    internal sealed class LobbyOperation<T>
    {
        private readonly Action<JsonWriter> _writeVariables;
        private readonly IIdempotentInput _input;

        public LobbyOperation(LobbyDocument document, Func<JsonReader, T> read)
        {
            Document = document;
            Read = read;
        }

        public LobbyOperation(LobbyDocument document, Action<JsonWriter> writeVariables, Func<JsonReader, T> read)
            : this(document, read)
        {
            _writeVariables = writeVariables;
        }

        public LobbyOperation(LobbyDocument document, IIdempotentInput input, Func<JsonReader, T> read)
            : this(document, read)
        {
            if (input == null) throw new ArgumentNullException("input");
            _input = input;
        }

        public LobbyDocument Document { get; private set; }

        /// <summary>Reads the value of the root field.</summary>
        public Func<JsonReader, T> Read { get; private set; }

        /// <summary>The key that makes it count once; null for what changes nothing.</summary>
        public string KeyFor(ILobbyChance chance)
        {
            if (_input == null) return null;
            return _input.IdempotencyKey ?? chance.NewKey();
        }

        /// <summary>Writes the members of <c>variables</c>.</summary>
        public void WriteVariables(JsonWriter writer, string idempotencyKey)
        {
            if (_input != null) _input.Write(writer.Name("input"), idempotencyKey);
            else if (_writeVariables != null) _writeVariables(writer);
        }
    }
}
