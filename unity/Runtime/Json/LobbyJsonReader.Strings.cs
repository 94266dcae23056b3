#nullable enable
using System.Text;

namespace AdventureBotLobby
{
    // Reads strings, and names of members.
    public sealed partial class LobbyJsonReader
    {
        private StringBuilder? _unescaped;

        /// <summary>A string; null for null. A lone surrogate becomes U+FFFD.</summary>
        public string? ReadString()
        {
            if (TryReadNull()) return null;
            if (Peek() != '"') throw Wrong("Expected a string");
            int start = ++_at;
            bool isPlain = ScanString();
            return isPlain ? _text.Substring(start, _at - 1 - start) : Unescape(start, _at - 1);
        }

        /// <summary>
        /// A member's name. The same few names occur all the time, so they are cached: reading one allocates nothing.
        /// </summary>
        private string ReadName()
        {
            int start = ++_at;
            bool isPlain = ScanString();
            return isPlain ? NameCache.Get(_text, start, _at - 1 - start) : Unescape(start, _at - 1);
        }

        /// <summary>Moves after the closing quote. True if the text between the quotes needs no decoding.</summary>
        private bool ScanString()
        {
            bool isPlain = true;
            for (; _at < _text.Length; _at++)
            {
                char c = _text[_at];
                if (c == '"')
                {
                    _at++;
                    return isPlain;
                }
                if (c < ' ') throw Wrong("A string has a control character");
                if (c == '\\') _at++;
                if (c == '\\' || char.IsSurrogate(c)) isPlain = false;
            }
            _at = _text.Length;
            throw Wrong("A string has no end");
        }

        private string Unescape(int start, int end)
        {
            if (_unescaped == null) _unescaped = new StringBuilder();
            _unescaped.Length = 0;
            for (int at = start; at < end;)
            {
                char c = _text[at++];
                _unescaped.Append(c == '\\' ? Escaped(ref at, end) : c);
            }
            return Paired(_unescaped);
        }

        private char Escaped(ref int at, int end)
        {
            switch (_text[at++])
            {
                case '"': return '"';
                case '\\': return '\\';
                case '/': return '/';
                case 'b': return '\b';
                case 'f': return '\f';
                case 'n': return '\n';
                case 'r': return '\r';
                case 't': return '\t';
                case 'u': return Unit(ref at, end);
                default: throw new MalformedJsonException("An escape that JSON does not have", at - 1);
            }
        }

        private char Unit(ref int at, int end)
        {
            int unit = 0;
            for (int digits = 0; digits < 4; digits++)
            {
                int digit = at < end ? HexDigit(_text[at]) : -1;
                if (digit < 0) throw new MalformedJsonException("Expected four hex digits", at);
                unit = unit * 16 + digit;
                at++;
            }
            return (char)unit;
        }

        private static int HexDigit(char c)
        {
            if (c >= '0' && c <= '9') return c - '0';
            if (c >= 'a' && c <= 'f') return c - 'a' + 10;
            if (c >= 'A' && c <= 'F') return c - 'A' + 10;
            return -1;
        }

        /// <summary>The text with lone surrogates replaced, since they cannot be encoded again.</summary>
        private static string Paired(StringBuilder text)
        {
            for (int at = 0; at < text.Length; at++)
            {
                if (!char.IsSurrogate(text[at])) continue;
                bool isPair = at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]);
                if (isPair) at++;
                else text[at] = '\uFFFD';
            }
            return text.ToString();
        }
    }

    /// <summary>
    /// A cache of member names, so that reading a name again allocates no string. A bounded hash table without chains: a
    /// name replaces another one in the same slot.
    /// </summary>
    /// <remarks>Any thread may use it: slots are read and written atomically, and strings are immutable.</remarks>
    internal static class NameCache
    {
        private const int SlotsMax = 1024;
        private const int CharsMax = 64;
        private static readonly string?[] _names = new string[SlotsMax];

        public static string Get(string text, int start, int length)
        {
            if (length > CharsMax) return text.Substring(start, length);
            int slot = Hash(text, start, length) & (SlotsMax - 1);
            string? known = _names[slot];
            bool isIt = known != null && known.Length == length
                && string.CompareOrdinal(known, 0, text, start, length) == 0;
            return isIt ? known! : _names[slot] = text.Substring(start, length);
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
