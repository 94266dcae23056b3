#nullable enable
using System;
using System.Diagnostics;

namespace AdventureBotLobby
{
    /// <summary>A clock that cannot be set. It may stand still while the device sleeps.</summary>
    internal static class MonotonicClock
    {
        private static readonly double MsPerTick = 1000.0 / Stopwatch.Frequency;

        public static long NowMs
        {
            get { return (long)(Stopwatch.GetTimestamp() * MsPerTick); }
        }
    }

    /// <summary>A time by two clocks: the monotonic one, which may stand still while the device sleeps, and the device's own.</summary>
    internal struct Timestamp
    {
        public readonly long AtMs;
        private readonly DateTime _utc;

        public Timestamp(long nowMs)
        {
            AtMs = nowMs;
            _utc = DateTime.UtcNow;
        }

        /// <summary>The time for which the monotonic clock stood still since an earlier timestamp, in ms.</summary>
        public long SleptSince(Timestamp earlier)
        {
            return Math.Max(0, (long)(_utc - earlier._utc).TotalMilliseconds - (AtMs - earlier.AtMs));
        }
    }
}
