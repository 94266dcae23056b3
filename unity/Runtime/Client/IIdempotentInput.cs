#nullable enable
namespace AdventureBotLobby
{
    /// <summary>The input of a mutation that takes effect once, no matter how often it is sent with the same key.</summary>
    public interface IIdempotentInput : ILobbyJsonWritable
    {
        /// <summary>The idempotency key. With null the client creates one for the call.</summary>
        string? IdempotencyKey { get; set; }

        /// <summary>Writes the input with another key in place of its own.</summary>
        void Write(LobbyJsonWriter writer, string? idempotencyKey);
    }
}
