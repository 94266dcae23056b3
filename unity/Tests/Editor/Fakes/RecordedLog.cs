using System;
using System.Collections.Generic;

namespace AdventureBotLobby.Tests
{
    /// <summary>A log that keeps its lines.</summary>
    internal sealed class RecordedLog : ILobbyLog
    {
        public readonly List<Line> Lines = new List<Line>();

        public void Write(LobbyLogLevel level, string message, Exception error)
        {
            Lines.Add(new Line { Level = level, Message = message, Error = error });
        }

        public sealed class Line
        {
            public LobbyLogLevel Level;
            public string Message;
            public Exception Error;
        }
    }
}
