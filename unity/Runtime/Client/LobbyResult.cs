#nullable enable
using System;
using System.Diagnostics.CodeAnalysis;

namespace AdventureBotLobby
{
    /// <summary>
    /// Either the value of an operation, or the reason why the rules of the lobby rejected it. Check
    /// <see cref="IsRejected"/>:
    /// <code>
    /// var joined = await lobby.JoinByCodeAsync(input);
    /// if (joined.IsRejected) Show(joined.Rejection.Message);
    /// else Open(joined.Value.Party);
    /// </code>
    /// </summary>
    public sealed class LobbyResult<T> : ILobbyResult where T : class
    {
        private const string RejectionTypename = "Rejection";

        private LobbyResult(T? value, LobbyRejection? rejection)
        {
            Value = value;
            Rejection = rejection;
        }

        /// <summary>The value; null if the rules rejected the operation.</summary>
        public T? Value { get; private set; }

        /// <summary>Why the rules rejected the operation; null if they did not.</summary>
        public LobbyRejection? Rejection { get; private set; }

        /// <summary>Whether the rules rejected the operation. Then nothing has changed.</summary>
        [MemberNotNullWhen(true, nameof(Rejection))]
        [MemberNotNullWhen(false, nameof(Value))]
        public bool IsRejected
        {
            get { return Rejection != null; }
        }

        /// <summary>A result with a value, also for fakes of <see cref="ILobbyClient"/> in tests of a game.</summary>
        public static LobbyResult<T> Of(T value)
        {
            return new LobbyResult<T>(value, null);
        }

        /// <summary>The result of a rejected operation.</summary>
        public static LobbyResult<T> Of(LobbyRejection rejection)
        {
            return new LobbyResult<T>(null, rejection);
        }

        /// <summary>
        /// Reads one of the two types by its <c>__typename</c>. Throws <see cref="UnknownAnswerException"/> for a third type,
        /// which only a newer server can send.
        /// </summary>
        internal static LobbyResult<T> Read(LobbyJsonReader reader, string typename, Func<LobbyJsonReader, T> read)
        {
            string? found = reader.PeekTypename();
            if (found == typename) return Of(read(reader));
            if (found == RejectionTypename) return Of(LobbyRejection.Read(reader)!);
            reader.Skip();
            throw new UnknownAnswerException(found);
        }
    }

    /// <summary>The result of an operation that the rules of the lobby may reject.</summary>
    public interface ILobbyResult
    {
        /// <summary>Why the rules rejected the operation; null if they did not.</summary>
        LobbyRejection? Rejection { get; }
    }

    /// <summary>The response has a type that this version of the package does not know.</summary>
    internal sealed class UnknownAnswerException : Exception
    {
        public UnknownAnswerException(string? typename)
            : base("The server answered with " + (typename ?? "nothing") + ", which this version of the package does not know.")
        {
        }
    }
}
