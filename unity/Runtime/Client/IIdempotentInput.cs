namespace AdventureBot2.Lobby
{
    /// <summary>The input of a mutation that counts once, however often it is sent with the same key.</summary>
    public interface IIdempotentInput : IJsonWritable
    {
        /// <summary>Null to have the client make one for the call.</summary>
        string IdempotencyKey { get; set; }

        /// <summary>Writes it with another key in place of its own.</summary>
        void Write(JsonWriter writer, string idempotencyKey);
    }
}
