using System;
using System.Threading.Tasks;

namespace AdventureBot2.Lobby.Tests
{
    /// <summary>A client on a server, a clock and a store that the test holds.</summary>
    internal sealed class Stage
    {
        public const string Ada = "{\"id\":\"p1\",\"displayName\":\"Ada\"}";

        public readonly ScriptedHttp Http = new ScriptedHttp();
        public readonly ManualClock Clock = new ManualClock();
        public readonly MemoryCredentialStore Store = new MemoryCredentialStore();
        public readonly RetryPolicy Retries = new RetryPolicy();

        public LobbyClient Client(ITokenProvider provider = null)
        {
            return new LobbyClient(new LobbyOptions("http://lobby.test")
            {
                Http = Http,
                Clock = Clock,
                Chance = new FixedChance(),
                CredentialStore = Store,
                Retries = Retries,
                TokenProvider = provider,
            });
        }

        /// <summary>A client whose guest has this access token, good for 15 minutes.</summary>
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
        /// The result of what is done already: with these fakes nothing waits, and Unity's edit mode runs no test that does.
        /// </summary>
        public static T Done<T>(Task<T> task)
        {
            if (!task.IsCompleted) throw new InvalidOperationException("It waits for something.");
            return task.GetAwaiter().GetResult();
        }
    }
}
