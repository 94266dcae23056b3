#nullable enable
using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBotLobby.Hosting
{
    /// <summary>
    /// The keys that the lobby publishes at <c>/.well-known/jwks.json</c>. They are kept for five minutes, as the lobby asks. A key
    /// with an unknown id is asked for again, but strangers who show bad tickets cause one request in five seconds at most.
    /// </summary>
    public sealed class TicketKeys : ITicketKeys
    {
        /// <summary>The maximum number of keys in a set. The lobby publishes three, and three more for each earlier secret.</summary>
        public const int KeysMax = 64;

        private static readonly TimeSpan _kept = TimeSpan.FromMinutes(5);
        private static readonly TimeSpan _pause = TimeSpan.FromSeconds(5);

        private readonly Func<Task<string?>> _download;
        private readonly Func<DateTime> _now;
        private Dictionary<string, byte[]> _keys = new Dictionary<string, byte[]>();
        private Task _reading = Task.CompletedTask;
        private DateTime _askedAt = DateTime.MinValue;

        /// <summary>The keys of the lobby of this client.</summary>
        public TicketKeys(LobbyClient lobby)
            : this(KeySetDownload.From(lobby.Url), () => DateTime.UtcNow)
        {
        }

        /// <param name="download">Returns the key set as JSON; null without an answer. It does not throw.</param>
        /// <param name="now">The time in UTC, for the age of the keys.</param>
        public TicketKeys(Func<Task<string?>> download, Func<DateTime> now)
        {
            _download = download;
            _now = now;
        }

        /// <inheritdoc/>
        public async Task<byte[]?> FindAsync(string keyId, CancellationToken cancellation = default(CancellationToken))
        {
            if (string.IsNullOrEmpty(keyId)) return null;
            if (IsDue(keyId))
            {
                _askedAt = _now();
                _reading = ReadAsync();
            }
            // Also for players who come while it is read.
            await _reading;
            cancellation.ThrowIfCancellationRequested();
            byte[]? key;
            return _keys.TryGetValue(keyId, out key) ? key : null;
        }

        /// <summary>Reads a key set. Other kinds of keys in it are left out. Throws <see cref="MalformedJsonException"/>.</summary>
        public static Dictionary<string, byte[]> Read(string keySet)
        {
            var keys = new Dictionary<string, byte[]>();
            var reader = new LobbyJsonReader(keySet);
            string? name;
            if (!reader.BeginObject()) return keys;
            while (reader.NextMember(out name))
            {
                if (name != "keys" || !reader.BeginArray())
                {
                    if (name != "keys") reader.Skip();
                    continue;
                }
                while (reader.NextElement()) ReadKey(reader, keys);
            }
            return keys;
        }

        private static void ReadKey(LobbyJsonReader reader, Dictionary<string, byte[]> keys)
        {
            string? name, id = null, curve = null, x = null;
            if (!reader.BeginObject()) return;
            while (reader.NextMember(out name))
            {
                switch (name)
                {
                    case "kid": id = reader.ReadString(); break;
                    case "crv": curve = reader.ReadString(); break;
                    case "x": x = reader.ReadString(); break;
                    default: reader.Skip(); break;
                }
            }
            byte[]? key = x == null ? null : Base64Url.Decode(x);
            if (id == null || key == null || curve != "Ed25519" || key.Length != Ed25519Verifier.KeyBytes) return;
            if (keys.Count < KeysMax) keys[id] = key;
        }

        private bool IsDue(string keyId)
        {
            if (!_reading.IsCompleted) return false;
            TimeSpan age = _now() - _askedAt;
            return age >= _kept || (age >= _pause && !_keys.ContainsKey(keyId));
        }

        private async Task ReadAsync()
        {
            try
            {
                string? keySet = await _download();
                if (keySet != null) _keys = Read(keySet);
            }
            catch (MalformedJsonException)
            {
                // The page of a proxy: the earlier keys stay, and the next unknown key asks again.
            }
        }
    }
}
