#nullable enable
#if !UNITY_WEBGL || UNITY_EDITOR
using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Threading;

namespace AdventureBotLobby
{
    /// <summary>
    /// Stores credentials in a file, which several games on one device can share: two builds, or the editor and a build. The
    /// text is plain. That suffices for a guest, who has nothing but a name.
    /// </summary>
    public sealed class FileCredentialStore : ICredentialStore, ICredentialLock
    {
        private const int ReadingsMax = 20;
        private const int ReadAgainMs = 5;

        // The operating system's lock belongs to the process, so two clients of one process need one of their own.
        private static readonly HashSet<string> _lockedHere = new HashSet<string>();

        private readonly string _path;
        private readonly ICredentialStore? _earlier;

        /// <param name="path">The file. The store creates its folder.</param>
        /// <param name="earlier">A store that the credentials are moved from, if there is no file yet; or null.</param>
        public FileCredentialStore(string path, ICredentialStore? earlier = null)
        {
            if (path == null) throw new ArgumentNullException("path");
            _path = Path.GetFullPath(path);
            _earlier = earlier;
        }

        /// <summary>The stored text; null without a file. Throws <see cref="IOException"/> if the file cannot be read.</summary>
        public string? Load()
        {
            string? stored = Read();
            if (stored != null || _earlier == null || (stored = _earlier.Load()) == null) return stored;
            Save(stored);
            _earlier.Clear();
            return stored;
        }

        /// <summary>Replaces the file in one step: a game that is killed meanwhile leaves the old text or the new one.</summary>
        public void Save(string credentials)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path));
            string written = _path + "." + Guid.NewGuid().ToString("N");
            using (var stream = new FileStream(written, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                byte[] bytes = Encoding.UTF8.GetBytes(credentials);
                stream.Write(bytes, 0, bytes.Length);
                stream.Flush(true);
            }
            try
            {
                if (File.Exists(_path)) File.Replace(written, _path, null);
                else File.Move(written, _path);
            }
            catch (IOException)
            {
                // Another game created the file after the check.
                File.Delete(_path);
                File.Move(written, _path);
            }
        }

        /// <summary>Deletes the file.</summary>
        public void Clear()
        {
            if (File.Exists(_path)) File.Delete(_path);
        }

        /// <inheritdoc/>
        public IDisposable? TryLock()
        {
            string path = _path + ".lock";
            lock (_lockedHere)
            {
                if (!_lockedHere.Add(path)) return null;
            }
            FileStream? stream = TryLockFile(path);
            if (stream != null) return new Held(path, stream);
            Unlock(path);
            return null;
        }

        private static FileStream? TryLockFile(string path)
        {
            FileStream? stream = null;
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path));
                stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
                // The system frees the lock when the process ends, however it ends.
                stream.Lock(0, 1);
                return stream;
            }
            catch (IOException)
            {
                if (stream != null) stream.Dispose();
                return null;
            }
            catch (Exception)
            {
                if (stream != null) stream.Dispose();
                throw;
            }
        }

        private static void Unlock(string path)
        {
            lock (_lockedHere) _lockedHere.Remove(path);
        }

        private string? Read()
        {
            for (int reading = 1; ; reading++)
            {
                try
                {
                    const FileShare shared = FileShare.ReadWrite | FileShare.Delete;
                    using (var stream = new FileStream(_path, FileMode.Open, FileAccess.Read, shared))
                    using (var reader = new StreamReader(stream, Encoding.UTF8))
                    {
                        return reader.ReadToEnd();
                    }
                }
                catch (FileNotFoundException)
                {
                    return null;
                }
                catch (DirectoryNotFoundException)
                {
                    return null;
                }
                catch (IOException)
                {
                    // Windows refuses for a moment, while another game replaces the file.
                    if (reading == ReadingsMax) throw;
                }
                Thread.Sleep(ReadAgainMs);
            }
        }

        private sealed class Held : IDisposable
        {
            private readonly string _path;
            private FileStream? _stream;

            public Held(string path, FileStream stream)
            {
                _path = path;
                _stream = stream;
            }

            public void Dispose()
            {
                FileStream? stream = Interlocked.Exchange(ref _stream, null);
                if (stream == null) return;
                // Closing the file unlocks it.
                stream.Dispose();
                Unlock(_path);
            }
        }
    }
}
#endif
