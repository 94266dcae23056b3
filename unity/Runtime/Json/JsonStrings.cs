using System.Text;

namespace AdventureBot2.Lobby
{
    /// <summary>How strings stand in JSON.</summary>
    internal static class JsonStrings
    {
        private const string HexDigits = "0123456789abcdef";

        /// <summary>
        /// Appends a string with its quotes. A surrogate without its other half is written as U+FFFD: the server
        /// takes valid Unicode only.
        /// </summary>
        public static void Append(StringBuilder text, string value)
        {
            text.Append('"');
            for (int at = 0; at < value.Length; at++)
            {
                char c = value[at];
                if (!char.IsSurrogate(c))
                {
                    AppendPlain(text, c);
                }
                else if (at + 1 < value.Length && char.IsSurrogatePair(c, value[at + 1]))
                {
                    text.Append(c).Append(value[++at]);
                }
                else
                {
                    text.Append('\uFFFD');
                }
            }
            text.Append('"');
        }

        private static void AppendPlain(StringBuilder text, char c)
        {
            switch (c)
            {
                case '"': text.Append("\\\""); break;
                case '\\': text.Append("\\\\"); break;
                case '\n': text.Append("\\n"); break;
                case '\r': text.Append("\\r"); break;
                case '\t': text.Append("\\t"); break;
                default:
                    if (c < ' ') text.Append("\\u00").Append(HexDigits[c >> 4]).Append(HexDigits[c & 15]);
                    else text.Append(c);
                    break;
            }
        }
    }
}
