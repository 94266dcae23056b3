#nullable enable
using System;

namespace AdventureBotLobby
{
    /// <summary>Stores the credentials of one guest between two runs of the game.</summary>
    /// <remarks>
    /// Several games on one device may use the same store: the client reads it again before each refresh. A store that
    /// also is an <see cref="ICredentialLock"/> lets only one of them refresh at a time.
    /// </remarks>
    public interface ICredentialStore
    {
        /// <summary>The last saved text, also of another game that uses this store; null without one.</summary>
        string? Load();

        /// <summary>Replaces the stored text. Protect it like a password.</summary>
        void Save(string credentials);

        /// <summary>Deletes the stored text.</summary>
        void Clear();
    }

    /// <summary>A store that can be locked against all other games that use it, also those of other processes.</summary>
    public interface ICredentialLock
    {
        /// <summary>Locks the store until the result is disposed of; null if another one has locked it. Never waits.</summary>
        IDisposable? TryLock();
    }

    /// <summary>Stores the credentials in memory only, for bots and tests.</summary>
    public sealed class MemoryCredentialStore : ICredentialStore
    {
        private volatile string? _stored;

        /// <inheritdoc/>
        public string? Load()
        {
            return _stored;
        }

        /// <inheritdoc/>
        public void Save(string credentials)
        {
            _stored = credentials;
        }

        /// <inheritdoc/>
        public void Clear()
        {
            _stored = null;
        }
    }
}
