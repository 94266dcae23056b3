#nullable enable
#if UNITY_2021_3_OR_NEWER
using System;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using UnityEngine.Networking;

namespace AdventureBotLobby
{
    /// <summary>HTTP with UnityWebRequest, which works on every platform of Unity, including WebGL. Create it on the main thread.</summary>
    public sealed class UnityHttp : ILobbyHttp
    {
        private readonly SynchronizationContext? _mainThread = SynchronizationContext.Current;

        /// <inheritdoc/>
        public Task<LobbyHttpAnswer> PostAsync(LobbyHttpRequest request, CancellationToken cancellation)
        {
            var sending = new UnityHttpSending(request, cancellation, _mainThread);
            sending.OnMainThread(sending.Begin);
            return sending.Answer;
        }
    }

    /// <summary>One request in progress.</summary>
    internal sealed class UnityHttpSending
    {
        private readonly TaskCompletionSource<LobbyHttpAnswer> _answer = new TaskCompletionSource<LobbyHttpAnswer>();
        private readonly LobbyHttpRequest _request;
        private readonly CancellationToken _cancellation;
        private readonly SynchronizationContext? _mainThread;
        private UnityWebRequest? _sent;
        private CancellationTokenRegistration _registration;

        public UnityHttpSending(LobbyHttpRequest request, CancellationToken cancellation, SynchronizationContext? mainThread)
        {
            _request = request;
            _cancellation = cancellation;
            _mainThread = mainThread;
        }

        public Task<LobbyHttpAnswer> Answer
        {
            get { return _answer.Task; }
        }

        /// <summary>Runs <paramref name="act"/> on the main thread, as UnityWebRequest needs: at once, or posted from another thread.</summary>
        public void OnMainThread(Action act)
        {
            if (_mainThread == null || SynchronizationContext.Current == _mainThread) act();
            else _mainThread.Post(_ => act(), null);
        }

        public void Begin()
        {
            try
            {
                _sent = Sent();
                if (_cancellation.IsCancellationRequested) throw new OperationCanceledException(_cancellation);
                _sent.SendWebRequest().completed += _ => End();
                if (_cancellation.CanBeCanceled) _registration = _cancellation.Register(() => OnMainThread(Abort));
            }
            catch (Exception error)
            {
                // For example plain HTTP, if the player settings forbid it. A retry would fail again.
                if (_sent != null) _sent.Dispose();
                _sent = null;
                _answer.TrySetException(error);
            }
        }

        private UnityWebRequest Sent()
        {
            var sent = new UnityWebRequest(_request.Url, UnityWebRequest.kHttpVerbPOST);
            sent.uploadHandler = new UploadHandlerRaw(Encoding.UTF8.GetBytes(_request.Body));
            sent.downloadHandler = new DownloadHandlerBuffer();
            sent.timeout = _request.TimeoutSeconds;
            sent.SetRequestHeader("Content-Type", "application/json");
            if (_request.AccessToken != null) sent.SetRequestHeader("Authorization", "Bearer " + _request.AccessToken);
            return sent;
        }

        private void Abort()
        {
            _answer.TrySetCanceled();
            if (_sent != null) _sent.Abort();
        }

        private void End()
        {
            UnityWebRequest? sent = _sent;
            _sent = null;
            if (sent == null) return;
            using (sent)
            {
                _registration.Dispose();
                bool isAnswered = sent.result == UnityWebRequest.Result.Success
                    || sent.result == UnityWebRequest.Result.ProtocolError;
                if (isAnswered) _answer.TrySetResult(Read(sent));
                else _answer.TrySetException(new LostAnswerException("No answer from " + _request.Url + ": " + sent.error));
            }
        }

        private static LobbyHttpAnswer Read(UnityWebRequest sent)
        {
            return new LobbyHttpAnswer(
                (int)sent.responseCode,
                sent.downloadHandler.text,
                sent.GetResponseHeader("X-Request-Id"),
                sent.GetResponseHeader("Retry-After"));
        }
    }
}
#endif
