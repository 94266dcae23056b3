#nullable enable
using System;
using System.Threading.Tasks;
#if UNITY_2021_3_OR_NEWER
using UnityEngine.Networking;
#else
using System.Net.Http;
#endif

namespace AdventureBotLobby.Hosting
{
    /// <summary>Downloads the lobby's public keys.</summary>
    internal static class KeySetDownload
    {
        private const string GraphQLPath = "/graphql";
        private const string KeysPath = "/.well-known/jwks.json";
        private const int TimeoutSeconds = 10;

        /// <param name="endpoint">The address of the GraphQL endpoint.</param>
        public static Func<Task<string?>> From(string endpoint)
        {
            string address = endpoint.Substring(0, endpoint.Length - GraphQLPath.Length) + KeysPath;
            return () => GetAsync(address);
        }

#if UNITY_2021_3_OR_NEWER
        private static Task<string?> GetAsync(string address)
        {
            var answer = new TaskCompletionSource<string?>();
            UnityWebRequest request = UnityWebRequest.Get(address);
            request.timeout = TimeoutSeconds;
            try
            {
                request.SendWebRequest().completed += _ =>
                {
                    using (request)
                    {
                        bool isAnswered = request.result == UnityWebRequest.Result.Success;
                        answer.TrySetResult(isAnswered ? request.downloadHandler.text : null);
                    }
                };
            }
            catch (InvalidOperationException)
            {
                // The project forbids plain http. The client has told so already.
                request.Dispose();
                answer.TrySetResult(null);
            }
            return answer.Task;
        }
#else
        private static readonly HttpClient _http = new HttpClient { Timeout = TimeSpan.FromSeconds(TimeoutSeconds) };

        private static async Task<string?> GetAsync(string address)
        {
            try
            {
                using (HttpResponseMessage response = await _http.GetAsync(address))
                {
                    return response.IsSuccessStatusCode ? await response.Content.ReadAsStringAsync() : null;
                }
            }
            catch (HttpRequestException)
            {
                return null;
            }
            catch (OperationCanceledException)
            {
                // It took too long.
                return null;
            }
        }
#endif
    }
}
