using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBotLobby.Tests
{
    /// <summary>A clock that moves only by delays, which complete at once.</summary>
    internal sealed class ManualClock : ILobbyClock
    {
        public readonly List<double> WaitsMs = new List<double>();

        /// <summary>Called during each delay.</summary>
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
