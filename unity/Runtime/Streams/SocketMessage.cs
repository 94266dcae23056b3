#nullable enable
using System;
using System.Collections.Generic;

namespace AdventureBotLobby
{
    /// <summary>The messages that a server sends in graphql-transport-ws, and the end of the socket.</summary>
    internal enum SocketMessageKind
    {
        Unknown,
        Acknowledged,
        Next,
        Error,
        Complete,
        Ping,
        Pong,
        Closed
    }

    /// <summary>One message, with the members that the client needs.</summary>
    internal sealed class SocketMessage
    {
        private bool _isWhole;
        private bool _isKnown;

        private SocketMessage()
        {
        }

        public SocketMessageKind Kind { get; private set; }

        /// <summary>The id of the operation; null for a message without one.</summary>
        public string? Id { get; private set; }

        /// <summary>For Next: the root field, as the operation's reader has read it. Null without data.</summary>
        public object? Frame { get; private set; }

        /// <summary>For Next and Error: the first error.</summary>
        public GraphQLError? Error { get; private set; }

        /// <summary>For Closed, and for a Ping that announces a close: the server's code. 0 without a code.</summary>
        public int Code { get; private set; }

        /// <summary>For Closed: the server's reason. For an unreadable message: what is wrong with it.</summary>
        public string? Reason { get; private set; }

        /// <summary>For Next: the client cannot read it, though it knows its operation.</summary>
        public bool IsUnreadable { get; private set; }

        /// <summary>When the message arrived, by the monotonic clock.</summary>
        public long ReceivedAtMs { get; private set; }

        public static SocketMessage Closed(int code, string reason, long receivedAtMs)
        {
            return new SocketMessage
            {
                Kind = SocketMessageKind.Closed, Code = code, Reason = reason, ReceivedAtMs = receivedAtMs
            };
        }

        /// <summary>
        /// Reads a message. <paramref name="readerOf"/> returns the reader of the root field for an operation's id, or null if
        /// the operation is over. Throws <see cref="MalformedJsonException"/>.
        /// </summary>
        public static SocketMessage Read(string text, Func<string, Func<LobbyJsonReader, object?>?> readerOf, long receivedAtMs)
        {
            var message = new SocketMessage { ReceivedAtMs = receivedAtMs };
            try
            {
                message.ReadMembers(new LobbyJsonReader(text), readerOf);
                // The payload came before the type and the id that decide how to read it. They are known now, so read it again.
                // Our server sends the payload last.
                if (!message._isWhole) message.ReadMembers(new LobbyJsonReader(text), readerOf);
            }
            catch (MalformedJsonException error)
            {
                // Of one operation: it must not take the others along.
                if (!message._isKnown) throw;
                message.IsUnreadable = true;
                message.Reason = error.Message;
            }
            return message;
        }

        private void ReadMembers(LobbyJsonReader reader, Func<string, Func<LobbyJsonReader, object?>?> readerOf)
        {
            string? name;
            _isWhole = true;
            if (!reader.BeginObject()) return;
            while (reader.NextMember(out name))
            {
                switch (name)
                {
                    case "type": Kind = KindOf(reader.ReadString()); break;
                    case "id": Id = reader.ReadString(); break;
                    case "payload": ReadPayload(reader, readerOf); break;
                    default: reader.Skip(); break;
                }
            }
        }

        private void ReadPayload(LobbyJsonReader reader, Func<string, Func<LobbyJsonReader, object?>?> readerOf)
        {
            if (Kind == SocketMessageKind.Next && Id != null)
            {
                _isKnown = true;
                ReadResult(reader, readerOf(Id));
            }
            else if (Kind == SocketMessageKind.Error) Error = ReadFirstError(reader);
            else if (Kind == SocketMessageKind.Ping) ReadNotice(reader);
            else
            {
                reader.Skip();
                _isWhole = Kind != SocketMessageKind.Unknown && Kind != SocketMessageKind.Next;
            }
        }

        private void ReadResult(LobbyJsonReader reader, Func<LobbyJsonReader, object?>? read)
        {
            string? name;
            if (!reader.BeginObject()) return;
            while (reader.NextMember(out name))
            {
                if (name == "data" && read != null) ReadRootField(reader, read);
                else if (name == "errors") Error = ReadFirstError(reader);
                else reader.Skip();
            }
        }

        private static GraphQLError? ReadFirstError(LobbyJsonReader reader)
        {
            List<GraphQLError?>? errors = reader.ReadList(r => GraphQLError.Read(r));
            return errors != null && errors.Count > 0 ? errors[0] : null;
        }

        private void ReadRootField(LobbyJsonReader reader, Func<LobbyJsonReader, object?> read)
        {
            string? name;
            if (!reader.BeginObject()) return;
            while (reader.NextMember(out name)) Frame = read(reader);
        }

        /// <summary>Our server announces a close in a ping, for sockets that hide codes from 4000 on.</summary>
        private void ReadNotice(LobbyJsonReader reader)
        {
            string? name;
            if (!reader.BeginObject()) return;
            while (reader.NextMember(out name))
            {
                if (name == "closing") ReadClosing(reader);
                else reader.Skip();
            }
        }

        private void ReadClosing(LobbyJsonReader reader)
        {
            string? name;
            if (!reader.BeginObject()) return;
            while (reader.NextMember(out name))
            {
                if (name == "code") Code = reader.ReadInt();
                else if (name == "reason") Reason = reader.ReadString();
                else reader.Skip();
            }
        }

        private static SocketMessageKind KindOf(string? type)
        {
            switch (type)
            {
                case "connection_ack": return SocketMessageKind.Acknowledged;
                case "next": return SocketMessageKind.Next;
                case "error": return SocketMessageKind.Error;
                case "complete": return SocketMessageKind.Complete;
                case "ping": return SocketMessageKind.Ping;
                case "pong": return SocketMessageKind.Pong;
                default: return SocketMessageKind.Unknown;
            }
        }
    }
}
