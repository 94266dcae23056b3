using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBot2.Lobby.Tests
{
    /// <summary>A clock that stands still but for the waits that are asked of it, which are over at once.</summary>
    internal sealed class ManualClock : ILobbyClock
    {
        public readonly List<double> WaitsMs = new List<double>();

        /// <summary>What goes on during a wait.</summary>
        public Action Meanwhile = () => { };

        public ManualClock()
        {
            UtcNow = new DateTime(2026, 11, 22, 12, 0, 0, DateTimeKind.Utc);
        }

        public DateTime UtcNow { get; set; }

        public Task DelayAsync(TimeSpan time, CancellationToken cancellation)
        {
            cancellation.ThrowIfCancellationRequested();
            WaitsMs.Add(time.TotalMilliseconds);
            UtcNow += time;
            Meanwhile();
            return Task.FromResult(true);
        }
    }
}
