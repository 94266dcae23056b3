using System;

namespace AdventureBot2.Lobby
{
    /// <summary>A moment by two clocks: one that nobody sets but may stand still, and the device's own.</summary>
    internal struct Moment
    {
        public readonly long AtMs;
        private readonly DateTime _utc;

        public Moment(long nowMs)
        {
            AtMs = nowMs;
            _utc = DateTime.UtcNow;
        }

        /// <summary>For how long the first clock has stood still since an earlier moment, in ms.</summary>
        public long SleptSince(Moment earlier)
        {
            return Math.Max(0, (long)(_utc - earlier._utc).TotalMilliseconds - (AtMs - earlier.AtMs));
        }
    }
}
