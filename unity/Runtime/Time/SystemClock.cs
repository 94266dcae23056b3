using System;
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBot2.Lobby
{
    /// <summary>The machine's clock. Not for WebGL, which has no threads and so no timers.</summary>
    public sealed class SystemClock : ILobbyClock
    {
        public DateTime UtcNow
        {
            get { return DateTime.UtcNow; }
        }

        public Task DelayAsync(TimeSpan time, CancellationToken cancellation)
        {
            return Task.Delay(time, cancellation);
        }
    }
}
