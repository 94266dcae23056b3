#nullable enable
using System;
using System.Collections.Generic;

namespace AdventureBotLobby
{
    /// <summary>The response to one operation over HTTP or a socket: <c>{"data": {"field": …}, "errors": […]}</c>.</summary>
    internal sealed class GraphQLAnswer<T>
    {
        /// <summary>The value of the root field; the type's default without one.</summary>
        public T Value { get; private set; } = default(T)!;

        /// <summary>The first error; null without errors.</summary>
        public GraphQLError? Error { get; private set; }

        /// <summary>Throws <see cref="MalformedJsonException"/> if the text is not a GraphQL response.</summary>
        public static GraphQLAnswer<T> Parse(string json, Func<LobbyJsonReader, T> read)
        {
            var reader = new LobbyJsonReader(json);
            GraphQLAnswer<T> answer = Read(reader, read);
            reader.End();
            return answer;
        }

        public static GraphQLAnswer<T> Read(LobbyJsonReader reader, Func<LobbyJsonReader, T> read)
        {
            var answer = new GraphQLAnswer<T>();
            bool isAnswered = false;
            string? name = null;
            bool isObject = reader.BeginObject();
            while (isObject && reader.NextMember(out name))
            {
                switch (name)
                {
                    case "data": isAnswered |= answer.ReadData(reader, read); break;
                    case "errors": answer.Error = First(reader.ReadList(r => GraphQLError.Read(r))); break;
                    default: reader.Skip(); break;
                }
            }
            if (isAnswered || answer.Error != null) return answer;
            throw new MalformedJsonException("Neither data nor errors", 0);
        }

        private bool ReadData(LobbyJsonReader reader, Func<LobbyJsonReader, T> read)
        {
            if (!reader.BeginObject()) return false;
            bool isAnswered = false;
            string? name;
            while (reader.NextMember(out name))
            {
                Value = read(reader);
                isAnswered = true;
            }
            return isAnswered;
        }

        private static GraphQLError? First(List<GraphQLError?>? errors)
        {
            return errors != null && errors.Count > 0 ? errors[0] : null;
        }
    }

    /// <summary>One entry of a response's <c>errors</c>.</summary>
    internal sealed class GraphQLError
    {
        public string Message { get; private set; } = "";

        /// <summary>The code in <c>extensions</c>; null without one.</summary>
        public string? Code { get; private set; }

        public string? RequestId { get; private set; }

        public int? RetryAfterMs { get; private set; }

        public static GraphQLError? Read(LobbyJsonReader reader)
        {
            if (!reader.BeginObject()) return null;
            var error = new GraphQLError();
            string? name;
            while (reader.NextMember(out name))
            {
                switch (name)
                {
                    case "message": error.Message = reader.ReadString() ?? ""; break;
                    case "extensions": error.ReadExtensions(reader); break;
                    default: reader.Skip(); break;
                }
            }
            return error;
        }

        private void ReadExtensions(LobbyJsonReader reader)
        {
            if (!reader.BeginObject()) return;
            string? name;
            while (reader.NextMember(out name))
            {
                switch (name)
                {
                    case "code": Code = reader.ReadString(); break;
                    case "requestId": RequestId = reader.ReadString(); break;
                    case "retryAfterMs": RetryAfterMs = reader.ReadIntOrNull(); break;
                    default: reader.Skip(); break;
                }
            }
        }
    }
}
