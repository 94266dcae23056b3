#nullable enable
using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace AdventureBotLobby
{
    /// <summary>Writes JSON from front to back. The caller must alternate names and values in objects.</summary>
    /// <remarks>
    /// <see cref="Member(string, string)"/> and its overloads omit a member whose value is null, as the server's inputs
    /// expect.
    /// </remarks>
    public sealed class LobbyJsonWriter
    {
        private readonly StringBuilder _text = new StringBuilder(256);
        private bool _needsComma;

        /// <summary>Begins an object.</summary>
        public LobbyJsonWriter BeginObject()
        {
            return Opened('{');
        }

        /// <summary>Ends the current object.</summary>
        public LobbyJsonWriter EndObject()
        {
            return Closed('}');
        }

        /// <summary>Begins an array.</summary>
        public LobbyJsonWriter BeginArray()
        {
            return Opened('[');
        }

        /// <summary>Ends the current array.</summary>
        public LobbyJsonWriter EndArray()
        {
            return Closed(']');
        }

        /// <summary>Writes a member's name. Write its value next.</summary>
        public LobbyJsonWriter Name(string name)
        {
            Value(name);
            _text.Append(':');
            _needsComma = false;
            return this;
        }

        /// <summary>Writes a text; null for null.</summary>
        public LobbyJsonWriter Value(string? value)
        {
            if (value == null) return Raw("null");
            Separate();
            JsonStrings.Append(_text, value);
            _needsComma = true;
            return this;
        }

        /// <summary>Writes true or false.</summary>
        public LobbyJsonWriter Value(bool value)
        {
            return Raw(value ? "true" : "false");
        }

        /// <summary>Writes a whole number.</summary>
        public LobbyJsonWriter Value(long value)
        {
            return Raw(value.ToString(CultureInfo.InvariantCulture));
        }

        /// <summary>Writes a member; nothing for null.</summary>
        public LobbyJsonWriter Member(string name, string? value)
        {
            return value == null ? this : Name(name).Value(value);
        }

        /// <summary>Writes a member; nothing for null.</summary>
        public LobbyJsonWriter Member(string name, bool? value)
        {
            return value == null ? this : Name(name).Value(value.Value);
        }

        /// <summary>Writes a member; nothing for null.</summary>
        public LobbyJsonWriter Member(string name, int? value)
        {
            return value == null ? this : Name(name).Value(value.Value);
        }

        /// <summary>Writes a member; nothing for null.</summary>
        public LobbyJsonWriter Member(string name, ILobbyJsonWritable? value)
        {
            if (value == null) return this;
            value.Write(Name(name));
            return this;
        }

        /// <summary>Writes a list of objects; nothing for null.</summary>
        public LobbyJsonWriter Member<T>(string name, IReadOnlyList<T>? values) where T : ILobbyJsonWritable
        {
            if (values == null) return this;
            Name(name).BeginArray();
            for (int at = 0; at < values.Count; at++) values[at].Write(this);
            return EndArray();
        }

        /// <summary>Writes a list of texts; nothing for null.</summary>
        public LobbyJsonWriter Member(string name, IReadOnlyList<string>? values)
        {
            if (values == null) return this;
            Name(name).BeginArray();
            for (int at = 0; at < values.Count; at++) Value(values[at]);
            return EndArray();
        }

        /// <summary>Writes a required member. Throws <see cref="ArgumentException"/> for null.</summary>
        public LobbyJsonWriter Required(string name, string? value)
        {
            if (value == null) throw new ArgumentException("The request needs a value here.", name);
            return Name(name).Value(value);
        }

        /// <summary>The written text.</summary>
        public override string ToString()
        {
            return _text.ToString();
        }

        private LobbyJsonWriter Opened(char opening)
        {
            Separate();
            _text.Append(opening);
            _needsComma = false;
            return this;
        }

        private LobbyJsonWriter Closed(char closing)
        {
            _text.Append(closing);
            _needsComma = true;
            return this;
        }

        private LobbyJsonWriter Raw(string json)
        {
            Separate();
            _text.Append(json);
            _needsComma = true;
            return this;
        }

        private void Separate()
        {
            if (_needsComma) _text.Append(',');
        }
    }

    /// <summary>Writes strings as JSON.</summary>
    internal static class JsonStrings
    {
        private const string HexDigits = "0123456789abcdef";

        /// <summary>
        /// Appends a string with its quotes. Writes a lone surrogate as U+FFFD: the server accepts only valid Unicode.
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

    /// <summary>An object that writes itself as one JSON value.</summary>
    public interface ILobbyJsonWritable
    {
        /// <summary>Writes the object with its members.</summary>
        void Write(LobbyJsonWriter writer);
    }
}
