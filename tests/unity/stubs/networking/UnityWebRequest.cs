using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace UnityEngine
{
    public class AsyncOperation
    {
        public event Action<AsyncOperation> completed;

        protected void Complete()
        {
            if (completed != null) completed(this);
        }
    }
}

namespace UnityEngine.Networking
{
    public sealed class UploadHandlerRaw
    {
        public UploadHandlerRaw(byte[] data)
        {
            this.data = data;
        }

        public byte[] data { get; private set; }
    }

    public sealed class DownloadHandlerBuffer
    {
        public string text { get; internal set; }
    }

    public sealed class UnityWebRequestAsyncOperation : AsyncOperation
    {
        internal void End()
        {
            Complete();
        }
    }

    /// <summary>
    /// A stub of Unity's class on .NET's HttpClient, with the members that the package uses. Like Unity's it works on one thread
    /// only, and calls back there.
    /// </summary>
    public sealed class UnityWebRequest : IDisposable
    {
        public enum Result
        {
            InProgress,
            Success,
            ConnectionError,
            ProtocolError,
            DataProcessingError,
        }

        public const string kHttpVerbPOST = "POST";
        private const string HttpVerbGet = "GET";
        private static readonly HttpClient _client = new HttpClient();

        private readonly string _url;
        private readonly string _method;
        private readonly int _threadId = Thread.CurrentThread.ManagedThreadId;
        private readonly CancellationTokenSource _over = new CancellationTokenSource();
        private readonly Dictionary<string, string> _headers = new Dictionary<string, string>();
        private HttpResponseMessage _answer;

        /// <summary>Not of Unity: the project forbids plain http, as newer versions do by default.</summary>
        public static bool ForbidsHttp;

        /// <summary>Not of Unity: the number of requests that are not disposed of.</summary>
        public static int Undisposed;

        public UnityWebRequest(string url, string method)
        {
            Undisposed++;
            _url = new Uri(url).ToString();
            _method = method;
            if (method != kHttpVerbPOST && method != HttpVerbGet) throw new NotSupportedException(method);
        }

        public UploadHandlerRaw uploadHandler { get; set; }

        public DownloadHandlerBuffer downloadHandler { get; set; }

        public int timeout { get; set; }

        public Result result { get; private set; }

        public string error { get; private set; }

        public long responseCode { get; private set; }

        public static UnityWebRequest Get(string uri)
        {
            return new UnityWebRequest(uri, HttpVerbGet) { downloadHandler = new DownloadHandlerBuffer() };
        }

        public void SetRequestHeader(string name, string value)
        {
            _headers[name] = value;
        }

        public string GetResponseHeader(string name)
        {
            IEnumerable<string> values;
            return _answer.Headers.TryGetValues(name, out values) ? values.First() : null;
        }

        public UnityWebRequestAsyncOperation SendWebRequest()
        {
            CheckThread();
            if (ForbidsHttp && _url.StartsWith("http:")) throw new InvalidOperationException("Insecure connection not allowed");
            var operation = new UnityWebRequestAsyncOperation();
            if (timeout > 0) _over.CancelAfter(TimeSpan.FromSeconds(timeout));
            RunAsync(operation);
            return operation;
        }

        public void Abort()
        {
            CheckThread();
            _over.Cancel();
        }

        public void Dispose()
        {
            CheckThread();
            Undisposed--;
        }

        private async void RunAsync(UnityWebRequestAsyncOperation operation)
        {
            // Not in the call itself: the caller has not added its handler yet.
            await Task.Yield();
            try
            {
                _answer = await _client.SendAsync(Message(), _over.Token);
                downloadHandler.text = await _answer.Content.ReadAsStringAsync();
                responseCode = (long)_answer.StatusCode;
                result = responseCode < 400 ? Result.Success : Result.ProtocolError;
            }
            catch (Exception failure)
            {
                error = failure.Message;
                result = Result.ConnectionError;
            }
            operation.End();
        }

        private HttpRequestMessage Message()
        {
            var message = new HttpRequestMessage(new HttpMethod(_method), _url);
            if (uploadHandler == null) return message;
            message.Content = new ByteArrayContent(uploadHandler.data);
            message.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(_headers["Content-Type"]);
            string authorization;
            if (_headers.TryGetValue("Authorization", out authorization))
            {
                message.Headers.TryAddWithoutValidation("Authorization", authorization);
            }
            return message;
        }

        private void CheckThread()
        {
            if (Thread.CurrentThread.ManagedThreadId == _threadId) return;
            throw new InvalidOperationException("UnityWebRequest is for the main thread.");
        }
    }
}
