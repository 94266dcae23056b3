using System;
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBot2.Lobby
{
    /// <summary>Time, and the passing of it.</summary>
    public interface ILobbyClock
    {
        DateTime UtcNow { get; }

        /// <summary>Ends after that long. Throws <see cref="OperationCanceledException"/> when cancelled before.</summary>
        Task DelayAsync(TimeSpan time, CancellationToken cancellation);
    }
}
