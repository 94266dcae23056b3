using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBotLobby.Tests
{
    /// <summary>A server that returns the responses of a test in turn, and records all requests.</summary>
    internal sealed class ScriptedHttp : ILobbyHttp
    {
        private readonly Queue<Func<LobbyHttpAnswer>> _answers = new Queue<Func<LobbyHttpAnswer>>();

        public readonly List<LobbyHttpRequest> Requests = new List<LobbyHttpRequest>();

        /// <summary>If it is set, requests wait for this task.</summary>
        public TaskCompletionSource<bool> Held;

        public ScriptedHttp Answers(string json, int status = 200, string retryAfter = null)
        {
            _answers.Enqueue(() => new LobbyHttpAnswer(status, json, "request-1", retryAfter));
            return this;
        }

        /// <summary>A response before which something happens.</summary>
        public ScriptedHttp Answers(string json, Action before)
        {
            _answers.Enqueue(() =>
            {
                before();
                return new LobbyHttpAnswer(200, json, "request-1", null);
            });
            return this;
        }

        /// <summary>The platform does not send the request.</summary>
        public ScriptedHttp Refuses(Exception error)
        {
            _answers.Enqueue(() => { throw error; });
            return this;
        }

        public ScriptedHttp Loses()
        {
            _answers.Enqueue(() => { throw new LostAnswerException("The connection broke."); });
            return this;
        }

        public async Task<LobbyHttpAnswer> PostAsync(LobbyHttpRequest request, CancellationToken cancellation)
        {
            Requests.Add(request);
            if (Held != null) await Held.Task;
            cancellation.ThrowIfCancellationRequested();
            if (_answers.Count == 0) throw new InvalidOperationException("Nobody expected this: " + request.Body);
            return _answers.Dequeue()();
        }
    }
}
