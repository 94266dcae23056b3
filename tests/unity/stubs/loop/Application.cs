using System;
using System.IO;

namespace UnityEngine
{
    /// <summary>A stub of Unity's class. The folder for data is a new one for each program, or that of the environment.</summary>
    public static class Application
    {
        public static readonly string persistentDataPath = Environment.GetEnvironmentVariable("STUB_DATA_PATH")
            ?? Path.Combine(Path.GetTempPath(), "stub-" + Guid.NewGuid().ToString("N"));

        public static readonly string dataPath = Path.Combine(persistentDataPath, "Game", "Assets");

        public static bool runInBackground { get; set; }
    }
}
