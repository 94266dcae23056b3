#nullable enable
using System;
using System.Collections.Generic;

namespace AdventureBotLobby
{
    /// <summary>
    /// Reads JSON from front to back, value by value, as the caller expects it. Throws
    /// <see cref="MalformedJsonException"/> for anything else.
    /// </summary>
    /// <remarks>
    /// A type reads itself like this, and skips unknown members:
    /// <code>
    /// public static LobbyPlayer Read(LobbyJsonReader reader)
    /// {
    ///     if (!reader.BeginObject()) return null;
    ///     var player = new LobbyPlayer();
    ///     string name;
    ///     while (reader.NextMember(out name))
    ///     {
    ///         switch (name)
    ///         {
    ///             case "id": player.Id = reader.ReadString(); break;
    ///             default: reader.Skip(); break;
    ///         }
    ///     }
    ///     return player;
    /// }
    /// </code>
    /// </remarks>
    public sealed partial class LobbyJsonReader
    {
        /// <summary>The maximum depth of objects and arrays. The deepest response has ten levels.</summary>
        public const int DepthMax = 64;

        /// <summary>The maximum length of an array. The longest array of the server has 500 elements.</summary>
        public const int ElementsMax = 100000;

        private readonly string _text;
        private readonly bool[] _isFirst = new bool[DepthMax + 1];
        private int _at;
        private int _depth;

        /// <summary>A reader at the beginning of the text.</summary>
        public LobbyJsonReader(string text)
        {
            if (text == null) throw new ArgumentNullException("text");
            _text = text;
        }

        /// <summary>Enters an object. False if it read null instead.</summary>
        public bool BeginObject()
        {
            return Begin('{', "an object");
        }

        /// <summary>Reads the next member's name. Read its value next. False at the object's end.</summary>
        public bool NextMember(out string? name)
        {
            name = null;
            if (!Next('}')) return false;
            if (Peek() != '"') throw Wrong("Expected a member's name");
            name = ReadName();
            Expect(':');
            return true;
        }

        /// <summary>Enters an array. False if it read null instead.</summary>
        public bool BeginArray()
        {
            return Begin('[', "an array");
        }

        /// <summary>True if an element follows: read it next. False at the array's end.</summary>
        public bool NextElement()
        {
            return Next(']');
        }

        /// <summary>All elements of an array, each read by <paramref name="read"/>. Null for null.</summary>
        public List<T>? ReadList<T>(Func<LobbyJsonReader, T> read)
        {
            if (!BeginArray()) return null;
            var elements = new List<T>();
            while (NextElement())
            {
                if (elements.Count == ElementsMax) throw Wrong("An array is too long");
                elements.Add(read(this));
            }
            return elements;
        }

        /// <summary>
        /// The <c>__typename</c> of the next object, at any position in it, without moving forward. Null without one, or if the
        /// next value is not an object.
        /// </summary>
        public string? PeekTypename()
        {
            int at = _at, depth = _depth;
            bool isFirst = _isFirst[depth];
            try
            {
                return Peek() == '{' ? FindTypename() : null;
            }
            finally
            {
                _at = at;
                _depth = depth;
                _isFirst[depth] = isFirst;
            }
        }

        /// <summary>Skips a value of any kind.</summary>
        public void Skip()
        {
            switch (Peek())
            {
                case '{':
                    BeginObject();
                    string? name;
                    while (NextMember(out name)) Skip();
                    break;
                case '[':
                    BeginArray();
                    while (NextElement()) Skip();
                    break;
                case '"': ReadString(); break;
                case 't':
                case 'f': ReadBool(); break;
                case 'n': ReadWord("null"); break;
                default: ReadNumber(); break;
            }
        }

        /// <summary>Checks that only white space follows.</summary>
        public void End()
        {
            SkipSpace();
            if (_at < _text.Length) throw Wrong("Expected the end");
        }

        private string? FindTypename()
        {
            BeginObject();
            string? name;
            while (NextMember(out name))
            {
                if (name == "__typename") return ReadString();
                Skip();
            }
            return null;
        }

        private bool Begin(char opening, string what)
        {
            if (TryReadNull()) return false;
            if (Peek() != opening) throw Wrong("Expected " + what);
            if (_depth == DepthMax) throw Wrong("Nested too deep");
            _at++;
            _isFirst[++_depth] = true;
            return true;
        }

        private bool Next(char closing)
        {
            if (Peek() == closing)
            {
                _at++;
                _depth--;
                return false;
            }
            if (!_isFirst[_depth]) Expect(',');
            _isFirst[_depth] = false;
            if (Peek() == closing) throw Wrong("Expected a value after the comma");
            return true;
        }

        private void Expect(char expected)
        {
            if (Peek() != expected) throw Wrong("Expected '" + expected + "'");
            _at++;
        }

        /// <summary>The next character that is not white space; '\0' at the end.</summary>
        private char Peek()
        {
            SkipSpace();
            return _at < _text.Length ? _text[_at] : '\0';
        }

        private void SkipSpace()
        {
            while (_at < _text.Length)
            {
                char c = _text[_at];
                if (c != ' ' && c != '\n' && c != '\r' && c != '\t') return;
                _at++;
            }
        }

        private MalformedJsonException Wrong(string what)
        {
            return new MalformedJsonException(what, _at);
        }
    }
}
