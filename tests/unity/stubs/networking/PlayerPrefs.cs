using System.Collections.Generic;

namespace UnityEngine
{
    /// <summary>A stub of Unity's class in memory, with the members that the package uses.</summary>
    public static class PlayerPrefs
    {
        private static readonly Dictionary<string, string> _stored = new Dictionary<string, string>();

        public static string GetString(string key, string defaultValue)
        {
            string value;
            return _stored.TryGetValue(key, out value) ? value : defaultValue;
        }

        public static void SetString(string key, string value)
        {
            _stored[key] = value;
        }

        public static void DeleteKey(string key)
        {
            _stored.Remove(key);
        }

        public static void Save()
        {
        }
    }
}
