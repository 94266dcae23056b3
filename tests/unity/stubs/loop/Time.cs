using System.Diagnostics;

namespace UnityEngine
{
    public static class Time
    {
        private static readonly Stopwatch _since = Stopwatch.StartNew();

        public static float realtimeSinceStartup
        {
            get { return (float)_since.Elapsed.TotalSeconds; }
        }
    }
}
