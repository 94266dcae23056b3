#nullable enable
using System;
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBotLobby
{
    /// <summary>
    /// Runs an operation once for all concurrent callers. Cancelling one caller does not cancel the operation for the others.
    /// </summary>
    internal sealed class SingleFlight<T>
    {
        private readonly object _gate = new object();
        private Task<T>? _flight;

        public Task<T> JoinAsync(Func<Task<T>> begin, CancellationToken cancellation)
        {
            Task<T> flight;
            lock (_gate)
            {
                if (_flight == null || _flight.IsCompleted) _flight = begin();
                flight = _flight;
            }
            return cancellation.CanBeCanceled ? OrCancelledAsync(flight, cancellation) : flight;
        }

        /// <summary>The next caller begins anew, also if the operation still runs for earlier callers.</summary>
        public void Reset()
        {
            lock (_gate) _flight = null;
        }

        private static async Task<T> OrCancelledAsync(Task<T> flight, CancellationToken cancellation)
        {
            var cancelled = new TaskCompletionSource<T>();
            using (cancellation.Register(() => cancelled.TrySetCanceled()))
            {
                return await await Task.WhenAny(flight, cancelled.Task);
            }
        }
    }
}
