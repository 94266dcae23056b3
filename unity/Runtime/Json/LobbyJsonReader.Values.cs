#nullable enable
using System;
using System.Globalization;

namespace AdventureBotLobby
{
    // Reads numbers, booleans, null and times.
    public sealed partial class LobbyJsonReader
    {
        /// <summary>Reads null if it comes next. True if it did.</summary>
        public bool TryReadNull()
        {
            if (Peek() != 'n') return false;
            ReadWord("null");
            return true;
        }

        /// <summary>Reads true or false.</summary>
        public bool ReadBool()
        {
            if (Peek() == 't') return ReadWord("true");
            if (Peek() == 'f') return !ReadWord("false");
            throw Wrong("Expected true or false");
        }

        /// <summary>A whole number of 32 bits.</summary>
        public int ReadInt()
        {
            int at = _at;
            long number = ReadLong();
            if (number >= int.MinValue && number <= int.MaxValue) return (int)number;
            throw new MalformedJsonException("Expected a number of 32 bits", at);
        }

        /// <summary>A whole number of 64 bits.</summary>
        public long ReadLong()
        {
            int at = _at;
            string digits = ReadNumber();
            long number;
            const NumberStyles sign = NumberStyles.AllowLeadingSign;
            if (long.TryParse(digits, sign, CultureInfo.InvariantCulture, out number)) return number;
            throw new MalformedJsonException("Expected a whole number of 64 bits", at);
        }

        /// <summary>Any number. A number that is too large becomes infinity.</summary>
        public double ReadDouble()
        {
            string digits = ReadNumber();
            double number;
            if (double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out number)) return number;
            // Frameworks before .NET Core 3.0 throw on overflow.
            return digits[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
        }

        /// <summary>Reads true, false or null.</summary>
        public bool? ReadBoolOrNull()
        {
            return TryReadNull() ? (bool?)null : ReadBool();
        }

        /// <summary>Reads a whole number of 32 bits, or null.</summary>
        public int? ReadIntOrNull()
        {
            return TryReadNull() ? (int?)null : ReadInt();
        }

        /// <summary>A time in the server's format: ISO 8601, in UTC.</summary>
        public DateTime ReadTime()
        {
            int at = _at;
            string? text = ReadString();
            DateTime time;
            if (text != null && TryParseTime(text, out time)) return time;
            throw new MalformedJsonException("Expected a point in time in ISO 8601", at);
        }

        /// <summary>Reads a time in ISO 8601 as UTC, or null.</summary>
        public DateTime? ReadTimeOrNull()
        {
            return TryReadNull() ? (DateTime?)null : ReadTime();
        }

        private static bool TryParseTime(string text, out DateTime time)
        {
            const DateTimeStyles utc = DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal;
            return DateTime.TryParse(text, CultureInfo.InvariantCulture, utc, out time);
        }

        private bool ReadWord(string word)
        {
            if (string.CompareOrdinal(_text, _at, word, 0, word.Length) != 0) throw Wrong("Expected " + word);
            _at += word.Length;
            return true;
        }

        /// <summary>The text of a number, checked by the grammar of JSON.</summary>
        private string ReadNumber()
        {
            if (Peek() == '\0') throw Wrong("Expected a value");
            int start = _at;
            if (_text[_at] == '-') _at++;
            int first = _at;
            if (ReadDigits("Expected a number") > 1 && _text[first] == '0') throw Wrong("A number begins with 0");
            if (TryTake('.')) ReadDigits("Expected digits after the point");
            if (TryTake('e') || TryTake('E'))
            {
                if (!TryTake('+')) TryTake('-');
                ReadDigits("Expected digits of the exponent");
            }
            return _text.Substring(start, _at - start);
        }

        private int ReadDigits(string complaint)
        {
            int start = _at;
            while (_at < _text.Length && _text[_at] >= '0' && _text[_at] <= '9') _at++;
            if (_at == start) throw Wrong(complaint);
            return _at - start;
        }

        private bool TryTake(char wanted)
        {
            if (_at >= _text.Length || _text[_at] != wanted) return false;
            _at++;
            return true;
        }
    }
}
