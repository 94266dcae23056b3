#nullable enable
using System;

namespace AdventureBotLobby
{
    /// <summary>How much the package writes to its log. Each level includes the levels before it.</summary>
    public enum LobbyLogLevel
    {
        /// <summary>Nothing.</summary>
        Off,

        /// <summary>Exceptions of the game's own handlers, and credentials that could not be stored.</summary>
        Error,

        /// <summary>What a developer or player should know: the server cannot be reached, a stream has failed.</summary>
        Warning,

        /// <summary>Each retry, with its reason and its pause.</summary>
        Info,

        /// <summary>Each request and each change of a socket.</summary>
        Debug
    }

    /// <summary>Receives the lines of the package's log, from any thread.</summary>
    public interface ILobbyLog
    {
        /// <param name="level">The level of the line, never <see cref="LobbyLogLevel.Off"/>.</param>
        /// <param name="message">What happened, to what, and what to do. It contains no token.</param>
        /// <param name="error">The exception, or null.</param>
        void Write(LobbyLogLevel level, string message, Exception? error);
    }

    /// <summary>Writes lines up to a level to a log. A log that throws does not affect the client.</summary>
    internal sealed class LobbyLogger
    {
        private readonly ILobbyLog _log;
        private readonly LobbyLogLevel _level;

        public LobbyLogger(ILobbyLog log, LobbyLogLevel level)
        {
            _log = log;
            _level = level;
        }

        public bool IsOn(LobbyLogLevel level)
        {
            return level <= _level;
        }

        public void Write(LobbyLogLevel level, string message, Exception? error = null)
        {
            if (!IsOn(level)) return;
            try
            {
                _log.Write(level, message, error);
            }
            catch (Exception)
            {
                // There is no other place to report it.
            }
        }
    }
}
