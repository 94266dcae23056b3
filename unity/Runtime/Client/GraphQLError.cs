namespace AdventureBot2.Lobby
{
    /// <summary>One entry of an answer's <c>errors</c>.</summary>
    internal sealed class GraphQLError
    {
        public string Message { get; private set; }

        /// <summary>Null when there is none.</summary>
        public string Code { get; private set; }

        public string RequestId { get; private set; }

        public int? RetryAfterMs { get; private set; }

        public static GraphQLError Read(JsonReader reader)
        {
            if (!reader.BeginObject()) return null;
            var error = new GraphQLError();
            string name;
            while (reader.NextMember(out name))
            {
                switch (name)
                {
                    case "message": error.Message = reader.ReadString(); break;
                    case "extensions": error.ReadExtensions(reader); break;
                    default: reader.Skip(); break;
                }
            }
            return error;
        }

        private void ReadExtensions(JsonReader reader)
        {
            if (!reader.BeginObject()) return;
            string name;
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
