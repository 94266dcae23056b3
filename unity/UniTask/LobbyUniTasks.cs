#nullable enable
using System.Threading;
using System.Threading.Tasks;
using Cysharp.Threading.Tasks;

namespace AdventureBotLobby
{
    /// <summary>
    /// Calls of the lobby as UniTask, for code that passes these on. To wait for a call in an <c>async UniTask</c> method, await the
    /// call itself.
    /// </summary>
    public static class LobbyUniTasks
    {
        /// <summary>Ends as the call does: with its result, its exception, or cancelled.</summary>
        /// <param name="call">A call of the lobby.</param>
        /// <param name="cancellation">
        /// Ends the waiting at once, and not the call itself: a mutation may still take effect. To end the call, give it the token.
        /// </param>
        public static UniTask<T> ToUniTask<T>(this Task<T> call, CancellationToken cancellation = default(CancellationToken))
        {
            return call.AsUniTask().AttachExternalCancellation(cancellation);
        }

        /// <summary>Ends as the call does: in time, with its exception, or cancelled.</summary>
        /// <param name="call">A call of the lobby.</param>
        /// <param name="cancellation">Ends the waiting at once, and not the call itself.</param>
        public static UniTask ToUniTask(this Task call, CancellationToken cancellation = default(CancellationToken))
        {
            return call.AsUniTask().AttachExternalCancellation(cancellation);
        }
    }
}
