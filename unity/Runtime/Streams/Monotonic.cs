using System.Diagnostics;

namespace AdventureBot2.Lobby
{
    /// <summary>A clock that nobody sets; it may stand still while the device sleeps.</summary>
    internal static class Monotonic
    {
        private static readonly double MsPerTick = 1000.0 / Stopwatch.Frequency;

        public static long NowMs
        {
            get { return (long)(Stopwatch.GetTimestamp() * MsPerTick); }
        }
    }
}
