using System;
using System.Collections.Generic;

namespace AdventureBot2.Lobby
{
    /// <summary>The answer to one operation, as HTTP and sockets carry it: <c>{"data": {"field": …}, "errors": […]}</c>.</summary>
    internal sealed class GraphQLAnswer<T>
    {
        /// <summary>The root field's value; the type's default when there was none.</summary>
        public T Value { get; private set; }

        /// <summary>Null when all went well.</summary>
        public GraphQLError Error { get; private set; }

        /// <summary>Throws <see cref="MalformedJsonException"/> for anything that is not a GraphQL answer.</summary>
        public static GraphQLAnswer<T> Parse(string json, Func<JsonReader, T> read)
        {
            var reader = new JsonReader(json);
            GraphQLAnswer<T> answer = Read(reader, read);
            reader.End();
            return answer;
        }

        public static GraphQLAnswer<T> Read(JsonReader reader, Func<JsonReader, T> read)
        {
            var answer = new GraphQLAnswer<T>();
            bool isAnswered = false;
            string name = null;
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

        private bool ReadData(JsonReader reader, Func<JsonReader, T> read)
        {
            if (!reader.BeginObject()) return false;
            bool isAnswered = false;
            string name;
            while (reader.NextMember(out name))
            {
                Value = read(reader);
                isAnswered = true;
            }
            return isAnswered;
        }

        private static GraphQLError First(List<GraphQLError> errors)
        {
            return errors != null && errors.Count > 0 ? errors[0] : null;
        }
    }
}
