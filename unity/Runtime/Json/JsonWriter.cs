using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace AdventureBot2.Lobby
{
    /// <summary>Writes JSON from front to back. The caller sees to it that names and values alternate in objects.</summary>
    /// <remarks>
    /// <see cref="Member(string, string)"/> and the like leave a member out whose value is null, which is what null
    /// means in the server's inputs.
    /// </remarks>
    public sealed class JsonWriter
    {
        private readonly StringBuilder _text = new StringBuilder(256);
        private bool _needsComma;

        public JsonWriter BeginObject()
        {
            return Opened('{');
        }

        public JsonWriter EndObject()
        {
            return Closed('}');
        }

        public JsonWriter BeginArray()
        {
            return Opened('[');
        }

        public JsonWriter EndArray()
        {
            return Closed(']');
        }

        /// <summary>A member's name; its value is to be written next.</summary>
        public JsonWriter Name(string name)
        {
            Value(name);
            _text.Append(':');
            _needsComma = false;
            return this;
        }

        public JsonWriter Value(string value)
        {
            if (value == null) return Raw("null");
            Separate();
            JsonStrings.Append(_text, value);
            _needsComma = true;
            return this;
        }

        public JsonWriter Value(bool value)
        {
            return Raw(value ? "true" : "false");
        }

        public JsonWriter Value(long value)
        {
            return Raw(value.ToString(CultureInfo.InvariantCulture));
        }

        public JsonWriter Member(string name, string value)
        {
            return value == null ? this : Name(name).Value(value);
        }

        public JsonWriter Member(string name, bool? value)
        {
            return value == null ? this : Name(name).Value(value.Value);
        }

        public JsonWriter Member(string name, int? value)
        {
            return value == null ? this : Name(name).Value(value.Value);
        }

        public JsonWriter Member(string name, IJsonWritable value)
        {
            if (value == null) return this;
            value.Write(Name(name));
            return this;
        }

        public JsonWriter Member<T>(string name, IReadOnlyList<T> values) where T : IJsonWritable
        {
            if (values == null) return this;
            Name(name).BeginArray();
            for (int at = 0; at < values.Count; at++) values[at].Write(this);
            return EndArray();
        }

        /// <summary>A member that the server does not do without. Throws <see cref="ArgumentException"/> for null.</summary>
        public JsonWriter Required(string name, string value)
        {
            if (value == null) throw new ArgumentException("The request needs a value here.", name);
            return Name(name).Value(value);
        }

        /// <summary>What has been written.</summary>
        public override string ToString()
        {
            return _text.ToString();
        }

        private JsonWriter Opened(char opening)
        {
            Separate();
            _text.Append(opening);
            _needsComma = false;
            return this;
        }

        private JsonWriter Closed(char closing)
        {
            _text.Append(closing);
            _needsComma = true;
            return this;
        }

        private JsonWriter Raw(string json)
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
}
