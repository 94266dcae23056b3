namespace AdventureBot2.Lobby
{
    /// <summary>
    /// Names of members that were met before, so that each is one string however often it is read. A bounded table
    /// without chains: a name that falls on another's place takes it.
    /// </summary>
    /// <remarks>Any thread may use it: a place is read and written as a whole, and strings do not change.</remarks>
    internal static class KnownNames
    {
        private const int PlacesMax = 1024;
        private const int CharsMax = 64;
        private static readonly string[] _names = new string[PlacesMax];

        public static string Get(string text, int start, int length)
        {
            if (length > CharsMax) return text.Substring(start, length);
            int place = Hash(text, start, length) & (PlacesMax - 1);
            string known = _names[place];
            bool isIt = known != null && known.Length == length
                && string.CompareOrdinal(known, 0, text, start, length) == 0;
            return isIt ? known : _names[place] = text.Substring(start, length);
        }

        private static int Hash(string text, int start, int length)
        {
            unchecked
            {
                int hash = length;
                for (int at = start; at < start + length; at++) hash = hash * 31 + text[at];
                return hash ^ (hash >> 10);
            }
        }
    }
}
