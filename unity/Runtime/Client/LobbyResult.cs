using System;

namespace AdventureBot2.Lobby
{
    /// <summary>
    /// Either what an operation changed, or why the rules of the lobby said no. Go by <see cref="Rejection"/>:
    /// <code>
    /// var joined = await lobby.JoinByCodeAsync(input);
    /// if (joined.IsRejected) Show(joined.Rejection.Message);
    /// else Open(joined.Value.Party);
    /// </code>
    /// </summary>
    public sealed class LobbyResult<T> : ILobbyResult where T : class
    {
        private const string RejectionTypename = "Rejection";

        private LobbyResult(T value, Rejection rejection)
        {
            Value = value;
            Rejection = rejection;
        }

        /// <summary>Null when the rules said no.</summary>
        public T Value { get; private set; }

        public Rejection Rejection { get; private set; }

        public bool IsRejected
        {
            get { return Rejection != null; }
        }

        internal static LobbyResult<T> Of(T value)
        {
            return new LobbyResult<T>(value, null);
        }

        internal static LobbyResult<T> Of(Rejection rejection)
        {
            return new LobbyResult<T>(null, rejection);
        }

        /// <summary>
        /// Reads one of the two by its <c>__typename</c>. A third, which only a newer server can send, is no answer that
        /// this package could act on: an <see cref="UnknownAnswerException"/> names it.
        /// </summary>
        internal static LobbyResult<T> Read(JsonReader reader, string typename, Func<JsonReader, T> read)
        {
            string found = reader.PeekTypename();
            if (found == typename) return Of(read(reader));
            if (found == RejectionTypename) return Of(Rejection.Read(reader));
            reader.Skip();
            throw new UnknownAnswerException(found);
        }
    }
}
