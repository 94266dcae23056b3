#nullable enable
#if !UNITY_2021_3_OR_NEWER
using System;
using System.Linq;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBotLobby
{
    /// <summary>HTTP with .NET's HttpClient, for programs without Unity, such as bots and tests.</summary>
    public sealed class ClientHttp : ILobbyHttp
    {
        private const int AnswerBytesMax = 16 * 1024 * 1024;

        // Shared by all requests: a client for each request would leave its connection open.
        private static readonly HttpClient _client = new HttpClient
        {
            MaxResponseContentBufferSize = AnswerBytesMax,
            Timeout = Timeout.InfiniteTimeSpan,
        };

        /// <inheritdoc/>
        public async Task<LobbyHttpAnswer> PostAsync(LobbyHttpRequest request, CancellationToken cancellation)
        {
            using (var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation))
            using (HttpRequestMessage message = Message(request))
            {
                timeout.CancelAfter(TimeSpan.FromSeconds(request.TimeoutSeconds));
                try
                {
                    using (HttpResponseMessage answer = await _client.SendAsync(message, timeout.Token))
                    {
                        return await Read(answer);
                    }
                }
                catch (Exception error)
                {
                    cancellation.ThrowIfCancellationRequested();
                    throw new LostAnswerException("No answer from " + request.Url + ": " + error.Message, error);
                }
            }
        }

        private static HttpRequestMessage Message(LobbyHttpRequest request)
        {
            var message = new HttpRequestMessage(HttpMethod.Post, request.Url);
            message.Content = new StringContent(request.Body, Encoding.UTF8, "application/json");
            if (request.AccessToken != null)
            {
                message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", request.AccessToken);
            }
            return message;
        }

        private static async Task<LobbyHttpAnswer> Read(HttpResponseMessage answer)
        {
            string body = await answer.Content.ReadAsStringAsync();
            return new LobbyHttpAnswer((int)answer.StatusCode, body, Header(answer, "X-Request-Id"), Header(answer, "Retry-After"));
        }

        private static string? Header(HttpResponseMessage answer, string name)
        {
            System.Collections.Generic.IEnumerable<string> values;
            return answer.Headers.TryGetValues(name, out values) ? values.FirstOrDefault() : null;
        }
    }
}
#endif
