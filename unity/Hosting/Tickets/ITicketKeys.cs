#nullable enable
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBotLobby.Hosting
{
    /// <summary>The lobby's public keys, by which a host verifies tickets.</summary>
    public interface ITicketKeys
    {
        /// <summary>The 32 bytes of the key with this id; null if the lobby has no such key, or cannot be reached.</summary>
        Task<byte[]?> FindAsync(string keyId, CancellationToken cancellation = default(CancellationToken));
    }
}
