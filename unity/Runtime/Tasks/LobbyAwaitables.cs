#nullable enable
#if UNITY_2023_1_OR_NEWER
using System.Threading.Tasks;
using UnityEngine;

namespace AdventureBotLobby
{
    /// <summary>
    /// Calls of the lobby as Unity's <see cref="Awaitable"/>, for code that passes these on. To wait for a call in an
    /// <c>async Awaitable</c> method, await the call itself.
    /// </summary>
    /// <remarks>As each awaitable, the result may be awaited once. Called on the main thread, the code goes on there.</remarks>
    public static class LobbyAwaitables
    {
        /// <summary>Ends as the call does: with its result, its exception, or cancelled.</summary>
        public static async Awaitable<T> AsAwaitable<T>(this Task<T> call)
        {
            return await call;
        }

        /// <summary>Ends as the call does: in time, with its exception, or cancelled.</summary>
        public static async Awaitable AsAwaitable(this Task call)
        {
            await call;
        }
    }
}
#endif
