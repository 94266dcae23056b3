using System.Collections.Generic;

namespace UnityEngine
{
    /// <summary>Stands in for Unity's: as the package uses it, kept for the length of the program.</summary>
    public static class PlayerPrefs
    {
        private static readonly Dictionary<string, string> _kept = new Dictionary<string, string>();

        public static string GetString(string key, string defaultValue)
        {
            string value;
            return _kept.TryGetValue(key, out value) ? value : defaultValue;
        }

        public static void SetString(string key, string value)
        {
            _kept[key] = value;
        }

        public static void DeleteKey(string key)
        {
            _kept.Remove(key);
        }

        public static void Save()
        {
        }
    }
}
