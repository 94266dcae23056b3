#nullable enable
using System;
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBotLobby
{
    /// <summary>A clock with delays.</summary>
    public interface ILobbyClock
    {
        /// <summary>The time in UTC.</summary>
        DateTime UtcNow { get; }

        /// <summary>Completes after this time. Throws <see cref="OperationCanceledException"/> if cancelled earlier.</summary>
        Task DelayAsync(TimeSpan time, CancellationToken cancellation);
    }

    /// <summary>The machine's clock. Not for WebGL, which has no threads and so no timers.</summary>
    public sealed class SystemClock : ILobbyClock
    {
        /// <inheritdoc/>
        public DateTime UtcNow
        {
            get { return DateTime.UtcNow; }
        }

        /// <inheritdoc/>
        public Task DelayAsync(TimeSpan time, CancellationToken cancellation)
        {
            return Task.Delay(time, cancellation);
        }
    }
}
