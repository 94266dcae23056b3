// The part of a game server that speaks with the lobby; docs/game-servers.md tells the rules that it keeps. One file, without any
// package, for .NET, Mono and Unity (add System.Net.Http and System.Numerics). Its calls wait for the answer: call them from a
// thread of their own, not from the one that draws or simulates. A new object for each session.

using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading;

namespace AdventureBot2.GameServers
{
    /// <summary>What a ticket says once it has been checked.</summary>
    public sealed class Ticket
    {
        public string PlayerId;

        /// <summary>Null: the player chose none.</summary>
        public string CharacterClass;

        /// <summary>Null: the party has no teams.</summary>
        public int? Team;

        /// <summary>63 bits, the same for all players of the session: for what is random in the game.</summary>
        public long Seed;
    }

    public enum Standing
    {
        /// <summary>The session runs, and is ours to run.</summary>
        Running,

        /// <summary>It has not begun, or the lobby does not answer: go on, and ask again.</summary>
        Unknown,

        /// <summary>It is over: stop.</summary>
        Over,
    }

    /// <summary>The lobby, as the game server of one session sees it.</summary>
    public sealed class GameServerLobby : IDisposable
    {
        const string Issuer = "adventurebot2-lobby";
        const string Answer = "{ __typename ... on SessionChanged { seq } ... on Rejection { code retryable } }";
        const int Tries = 6;
        static readonly TimeSpan KeysKept = TimeSpan.FromMinutes(5);
        static readonly TimeSpan KeysAskedAgain = TimeSpan.FromSeconds(5);

        readonly HttpClient http;
        readonly string sessionId;
        readonly object keysLock = new object();
        Dictionary<string, byte[]> keys = new Dictionary<string, byte[]>();
        DateTime keysAskedAt = DateTime.MinValue;

        public GameServerLobby(string url, string serviceKey, string sessionId)
        {
            http = new HttpClient { BaseAddress = new Uri(url), Timeout = TimeSpan.FromSeconds(5) };
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", serviceKey);
            this.sessionId = sessionId;
        }

        public void Dispose()
        {
            http.Dispose();
        }

        /// <summary>Every 20 s. After 60 s without a word of ours the lobby gives the session up.</summary>
        public Standing Heartbeat()
        {
            string refusal = Ask("heartbeatSession", "SessionActionInput", "");
            if (refusal == null) return Standing.Running;
            return refusal.EndsWith("?", StringComparison.Ordinal) ? Standing.Unknown : Standing.Over;
        }

        /// <summary>Offline, by the lobby's published key. Null: it lets nobody into this session.</summary>
        public Ticket Check(string shown)
        {
            string claims = shown.Length <= 4096 ? Signed(shown) : null;
            long expires;
            if (claims == null || !long.TryParse(Field(claims, "exp"), out expires) || expires <= Now()) return null;
            if (Field(claims, "session") != sessionId) return null;
            int team;
            long seed;
            long.TryParse(Field(claims, "seed"), out seed);
            return new Ticket
            {
                PlayerId = Field(claims, "sub"),
                CharacterClass = Field(claims, "class"),
                Team = int.TryParse(Field(claims, "team"), out team) ? team : (int?)null,
                Seed = seed,
            };
        }

        /// <summary>The claims of a receipt as JSON. Null: it is no receipt of this lobby, or was changed. Needs no service key.</summary>
        public string CheckReceipt(string receipt)
        {
            string claims = Signed(receipt);
            return claims != null && Field(claims, "sha256") != null && Field(claims, "jti") == null ? claims : null;
        }

        /// <summary>The claims of a token that the lobby has signed, as JSON; else null.</summary>
        string Signed(string token)
        {
            string[] parts = token.Split('.');
            if (parts.Length != 3) return null;
            string head = Decoded(parts[0]), claims = Decoded(parts[1]);
            byte[] signature = Bytes(parts[2]);
            if (head == null || claims == null || signature == null || Field(head, "alg") != "EdDSA") return null;
            byte[] key = Key(Field(head, "kid"));
            byte[] signed = Encoding.ASCII.GetBytes(parts[0] + "." + parts[1]);
            if (key == null || !Ed25519.IsSignedBy(key, signed, signature)) return null;
            return Field(claims, "iss") == Issuer ? claims : null;
        }

        /// <summary>True once for each ticket: then the player may come in.</summary>
        public bool Spend(string shown)
        {
            return Ask("spendTicket", "SpendTicketInput", ",\"ticket\":" + Quoted(shown)) == null;
        }

        public bool ReportFloor(int floor)
        {
            return Ask("updateSession", "UpdateSessionInput", ",\"floor\":" + floor) == null;
        }

        /// <summary>The player is out for good, and stays in the party. Not for a connection that was lost.</summary>
        public bool ReportLeft(string playerId)
        {
            return Ask("reportPlayers", "ReportPlayersInput", ",\"left\":[" + Quoted(playerId) + "]") == null;
        }

        public bool Complete(string outcome)
        {
            return Ask("completeSession", "CompleteSessionInput", ",\"outcome\":" + Quoted(outcome)) == null;
        }

        public bool Abandon(string outcome)
        {
            return Ask("abandonSession", "CompleteSessionInput", ",\"outcome\":" + Quoted(outcome)) == null;
        }

        /// <summary>
        /// Null: done. Else the lobby's code, with a question mark where another try may have another answer. One mutation is done once: without an
        /// answer it is sent again with the same key.
        /// </summary>
        string Ask(string mutation, string inputType, string fields)
        {
            string query = "mutation Act($input: " + inputType + "!) { " + mutation + "(input: $input) " + Answer + " }";
            string input = "{\"sessionId\":" + Quoted(sessionId) + ",\"idempotencyKey\":\"" + Guid.NewGuid() + "\"" + fields + "}";
            string body = "{\"query\":" + Quoted(query) + ",\"variables\":{\"input\":" + input + "}}";
            for (int attempt = 0; attempt < Tries; attempt++)
            {
                if (attempt > 0) Thread.Sleep(250 << (attempt - 1));
                string answer = Sent("graphql", body);
                if (answer == null) continue;
                string code = Field(answer, "code");
                if (code == null) return Field(answer, "__typename") == "SessionChanged" ? null : "INTERNAL?";
                if (code == "UNAVAILABLE" || code == "RATE_LIMITED" || code == "INTERNAL") continue;
                return code + (Field(answer, "retryable") == "true" ? "?" : "");
            }
            return "UNAVAILABLE?";
        }

        /// <summary>Null: no answer, or a fault of the lobby's. A body is posted; without one it is a GET.</summary>
        string Sent(string path, string body)
        {
            try
            {
                var request = new HttpRequestMessage(body == null ? HttpMethod.Get : HttpMethod.Post, path);
                if (body != null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
                using (HttpResponseMessage response = http.SendAsync(request).GetAwaiter().GetResult())
                {
                    if (response.StatusCode != HttpStatusCode.OK) return null;
                    return response.Content.ReadAsStringAsync().GetAwaiter().GetResult();
                }
            }
            catch (HttpRequestException)
            {
                return null;
            }
            catch (OperationCanceledException)
            {
                return null; // it took too long
            }
        }

        /// <summary>A key that we have not heard of may be new; but strangers must not make us ask for each bad ticket.</summary>
        byte[] Key(string id)
        {
            lock (keysLock)
            {
                byte[] key;
                if (id == null) return null;
                TimeSpan age = DateTime.UtcNow - keysAskedAt;
                bool known = keys.TryGetValue(id, out key);
                if (age >= KeysKept || (!known && age >= KeysAskedAgain))
                {
                    keysAskedAt = DateTime.UtcNow;
                    string set = Sent(".well-known/jwks.json", null);
                    if (set != null) keys = Read(set);
                    keys.TryGetValue(id, out key);
                }
                return key;
            }
        }

        static Dictionary<string, byte[]> Read(string keySet)
        {
            var read = new Dictionary<string, byte[]>();
            foreach (Match one in Regex.Matches(keySet, "\\{[^{}]*\\}"))
            {
                string id = Field(one.Value, "kid"), x = Field(one.Value, "x");
                byte[] key = x == null ? null : Bytes(x);
                if (Field(one.Value, "crv") == "Ed25519" && id != null && key != null) read[id] = key;
            }
            return read;
        }

        /// <summary>
        /// The first field of this name in the JSON that the lobby writes, as text; null where there is none, or null. Enough for what we
        /// ask: within a string no quotation mark stands without a backslash, so no player's text is taken for a field.
        /// </summary>
        static string Field(string json, string name)
        {
            Match found = Regex.Match(json, "\"" + name + "\":\\s*(?:\"((?:[^\"\\\\]|\\\\.)*)\"|(-?\\d+|true|false))");
            if (!found.Success) return null;
            return found.Groups[2].Success ? found.Groups[2].Value : Regex.Unescape(found.Groups[1].Value);
        }

        static string Quoted(string text)
        {
            var quoted = new StringBuilder("\"");
            foreach (char letter in text)
            {
                if (letter >= ' ' && letter < 127 && letter != '"' && letter != '\\') quoted.Append(letter);
                else quoted.Append("\\u").Append(((int)letter).ToString("x4"));
            }
            return quoted.Append('"').ToString();
        }

        static string Decoded(string part)
        {
            byte[] bytes = Bytes(part);
            return bytes == null ? null : Encoding.UTF8.GetString(bytes);
        }

        static byte[] Bytes(string base64Url)
        {
            string padded = base64Url.Replace('-', '+').Replace('_', '/') + new string('=', (4 - base64Url.Length % 4) % 4);
            try
            {
                return Convert.FromBase64String(padded);
            }
            catch (FormatException)
            {
                return null;
            }
        }

        static long Now()
        {
            return (long)(DateTime.UtcNow - new DateTime(1970, 1, 1, 0, 0, 0, DateTimeKind.Utc)).TotalSeconds;
        }
    }

    /// <summary>
    /// Whether an Ed25519 signature is good, by RFC 8032, section 5.1.7. Everything here is public, so that it may take longer for some numbers
    /// than for others does no harm; a private key must never come near it.
    /// </summary>
    public static class Ed25519
    {
        static readonly BigInteger P = BigInteger.Pow(2, 255) - 19;
        static readonly BigInteger L = BigInteger.Pow(2, 252) + BigInteger.Parse("27742317777372353535851937790883648493");
        static readonly BigInteger D = Mod(-121665 * Inverse(121666));
        static readonly BigInteger RootOfMinusOne = BigInteger.ModPow(2, (P - 1) / 4, P);
        static readonly Point Base = Point.Of(XOf(Mod(4 * Inverse(5)), false).Value, Mod(4 * Inverse(5)));

        public static bool IsSignedBy(byte[] publicKey, byte[] message, byte[] signature)
        {
            if (publicKey.Length != 32 || signature.Length != 64) return false;
            byte[] r = Part(signature, 0);
            Point a = Read(publicKey), rPoint = Read(r);
            BigInteger s = Number(Part(signature, 32));
            if (a == null || rPoint == null || s >= L) return false;
            byte[] hashed = new byte[64 + message.Length];
            r.CopyTo(hashed, 0);
            publicKey.CopyTo(hashed, 32);
            message.CopyTo(hashed, 64);
            BigInteger k;
            using (SHA512 sha = SHA512.Create()) k = Number(sha.ComputeHash(hashed)) % L;
            return Base.Times(s).Is(rPoint.Plus(a.Times(k)));
        }

        /// <summary>Null: no point of the curve.</summary>
        static Point Read(byte[] encoded)
        {
            byte[] bytes = (byte[])encoded.Clone();
            bool odd = (bytes[31] & 0x80) != 0;
            bytes[31] &= 0x7f;
            BigInteger y = Number(bytes);
            BigInteger? x = y < P ? XOf(y, odd) : null;
            return x == null ? null : Point.Of(x.Value, y);
        }

        /// <summary>The x of a point with this y: a root of (y² - 1) / (dy² + 1), of the two the one that is odd or even.</summary>
        static BigInteger? XOf(BigInteger y, bool odd)
        {
            BigInteger square = Mod((y * y - 1) * Inverse(D * y * y + 1));
            BigInteger x = BigInteger.ModPow(square, (P + 3) / 8, P);
            if (Mod(x * x - square) != 0) x = Mod(x * RootOfMinusOne);
            if (Mod(x * x - square) != 0 || (x.IsZero && odd)) return null;
            return x.IsEven == odd ? P - x : x;
        }

        static BigInteger Mod(BigInteger number)
        {
            BigInteger rest = number % P;
            return rest.Sign < 0 ? rest + P : rest;
        }

        static BigInteger Inverse(BigInteger number)
        {
            return BigInteger.ModPow(Mod(number), P - 2, P);
        }

        /// <summary>Little-endian, never negative.</summary>
        static BigInteger Number(byte[] bytes)
        {
            byte[] unsigned = new byte[bytes.Length + 1];
            bytes.CopyTo(unsigned, 0);
            return new BigInteger(unsigned);
        }

        static byte[] Part(byte[] of, int from)
        {
            byte[] part = new byte[32];
            Array.Copy(of, from, part, 0, 32);
            return part;
        }

        /// <summary>In extended coordinates: x = X / Z, y = Y / Z, xy = T / Z.</summary>
        sealed class Point
        {
            readonly BigInteger x, y, z, t;

            Point(BigInteger x, BigInteger y, BigInteger z, BigInteger t)
            {
                this.x = x;
                this.y = y;
                this.z = z;
                this.t = t;
            }

            public static Point Of(BigInteger x, BigInteger y)
            {
                return new Point(x, y, 1, Mod(x * y));
            }

            /// <summary>Holds for any two points, the same one twice among them (RFC 8032, section 5.1.4).</summary>
            public Point Plus(Point other)
            {
                BigInteger a = Mod((y - x) * (other.y - other.x)), b = Mod((y + x) * (other.y + other.x));
                BigInteger c = Mod(2 * D * t * other.t), d = Mod(2 * z * other.z);
                BigInteger e = b - a, f = d - c, g = d + c, h = b + a;
                return new Point(Mod(e * f), Mod(g * h), Mod(f * g), Mod(e * h));
            }

            public Point Times(BigInteger number)
            {
                Point sum = Of(0, 1), doubled = this;
                for (; !number.IsZero; number >>= 1)
                {
                    if (!number.IsEven) sum = sum.Plus(doubled);
                    doubled = doubled.Plus(doubled);
                }
                return sum;
            }

            public bool Is(Point other)
            {
                return Mod(x * other.z - other.x * z).IsZero && Mod(y * other.z - other.y * z).IsZero;
            }
        }
    }
}
