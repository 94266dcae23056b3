#if UNITY_2021_3_OR_NEWER
using System;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using UnityEngine.Networking;

namespace AdventureBot2.Lobby
{
    /// <summary>HTTP by UnityWebRequest, which works on every platform of Unity, WebGL among them. To be made on the main thread.</summary>
    public sealed class UnityHttp : ILobbyHttp
    {
        private readonly SynchronizationContext _mainThread = SynchronizationContext.Current;

        public Task<LobbyHttpAnswer> PostAsync(LobbyHttpRequest request, CancellationToken cancellation)
        {
            var sending = new UnityHttpSending(request, cancellation, _mainThread);
            sending.OnMainThread(sending.Begin);
            return sending.Answer;
        }
    }

    /// <summary>One request on its way.</summary>
    internal sealed class UnityHttpSending
    {
        private readonly TaskCompletionSource<LobbyHttpAnswer> _answer = new TaskCompletionSource<LobbyHttpAnswer>();
        private readonly LobbyHttpRequest _request;
        private readonly CancellationToken _cancellation;
        private readonly SynchronizationContext _mainThread;
        private UnityWebRequest _sent;
        private CancellationTokenRegistration _registration;

        public UnityHttpSending(LobbyHttpRequest request, CancellationToken cancellation, SynchronizationContext mainThread)
        {
            _request = request;
            _cancellation = cancellation;
            _mainThread = mainThread;
        }

        public Task<LobbyHttpAnswer> Answer
        {
            get { return _answer.Task; }
        }

        /// <summary>UnityWebRequest is for the main thread alone: at once when this is it, else in its next turn.</summary>
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
                _sent.SendWebRequest().completed += _ => End();
                if (_cancellation.CanBeCanceled) _registration = _cancellation.Register(() => OnMainThread(Abort));
            }
            catch (Exception error)
            {
                // Such as plain HTTP where the player settings forbid it: nothing that another attempt could mend.
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
            UnityWebRequest sent = _sent;
            _sent = null;
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
