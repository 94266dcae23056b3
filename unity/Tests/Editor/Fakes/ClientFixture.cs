using System;
using System.Threading.Tasks;

namespace AdventureBotLobby.Tests
{
    /// <summary>A client with a fake server, clock and store.</summary>
    internal sealed class ClientFixture
    {
        public const string Ada = "{\"id\":\"p1\",\"displayName\":\"Ada\"}";

        public readonly ScriptedHttp Http = new ScriptedHttp();
        public readonly ManualClock Clock = new ManualClock();
        public readonly MemoryCredentialStore Store = new MemoryCredentialStore();
        public readonly RetryPolicy Retries = new RetryPolicy();

        public readonly RecordedLog Log = new RecordedLog();
        public LobbyLogLevel LogLevel = LobbyLogLevel.Error;

        public LobbyClient Client(ITokenProvider provider = null, ICredentialStore store = null)
        {
            return new LobbyClient(new LobbyOptions("http://lobby.test")
            {
                Http = Http,
                Clock = Clock,
                Chance = new FixedRandom(),
                CredentialStore = store ?? Store,
                Log = Log,
                LogLevel = LogLevel,
                Retries = Retries,
                TokenProvider = provider,
            });
        }

        /// <summary>A client whose guest has this access token, valid for 15 minutes.</summary>
        public LobbyClient SignedIn(string token = "first")
        {
            LobbyClient client = Client();
            Http.Answers(Granted("signInAsGuest", token));
            Done(client.SignInAsGuestAsync("Ada"));
            Http.Requests.Clear();
            return client;
        }

        public string Granted(string field, string token)
        {
            string expiresAt = (Clock.UtcNow + TimeSpan.FromMinutes(15)).ToString("yyyy-MM-ddTHH:mm:ss.fffZ");
            return Data(field, "{\"__typename\":\"CredentialsGranted\",\"credentials\":{\"accessToken\":\"" + token
                + "\",\"expiresAt\":\"" + expiresAt + "\",\"refreshToken\":\"refresh-" + token + "\",\"player\":" + Ada + "}}");
        }

        public static string Data(string field, string value)
        {
            return "{\"data\":{\"" + field + "\":" + value + "}}";
        }

        public static string Error(string code, string more = "")
        {
            return "{\"data\":null,\"errors\":[{\"message\":\"No.\",\"extensions\":{\"code\":\"" + code + "\"" + more + "}}]}";
        }

        public static string Rejection(string field, string code, string retryAfterMs = "null")
        {
            bool isRetryable = code == "RATE_LIMITED" || code == "UNAVAILABLE" || code == "PARTY_STARTING";
            return Data(field, "{\"__typename\":\"Rejection\",\"code\":\"" + code + "\",\"message\":\"No.\",\"field\":null,"
                + "\"retryable\":" + (isRetryable ? "true" : "false") + ",\"retryAfterMs\":" + retryAfterMs + ",\"attemptsLeft\":null}");
        }

        /// <summary>
        /// The result of a completed task. With these fakes nothing waits, and Unity's edit mode runs no asynchronous tests.
        /// </summary>
        public static T Done<T>(Task<T> task)
        {
            if (!task.IsCompleted) throw new InvalidOperationException("It waits for something.");
            return task.GetAwaiter().GetResult();
        }
    }
}
