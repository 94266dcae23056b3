#nullable enable
#if !UNITY_WEBGL || UNITY_EDITOR
using System;
using System.Collections.Generic;
using System.Threading.Tasks;

namespace AdventureBotLobby
{
    /// <summary>Sends texts one after the other: a WebSocket accepts only one at a time.</summary>
    internal sealed class SendQueue
    {
        /// <summary>The maximum length of the queue. All streams of a connection need less. A full queue means that sending is stuck.</summary>
        public const int WaitingMax = 256;

        private readonly object _gate = new object();
        private readonly Queue<string> _waiting = new Queue<string>();
        private readonly Func<string, Task> _send;
        private readonly Action _onStuck;
        private Task _sending = Task.CompletedTask;
        private bool _isSending;
        private bool _isBroken;

        /// <param name="send">Sends one text. Called again when its task is done.</param>
        /// <param name="onStuck">Called once, if the queue is full or sending failed. Nothing is sent afterwards.</param>
        public SendQueue(Func<string, Task> send, Action onStuck)
        {
            _send = send;
            _onStuck = onStuck;
        }

        public void Put(string text)
        {
            lock (_gate)
            {
                if (_isBroken) return;
                _waiting.Enqueue(text);
                if (_waiting.Count <= WaitingMax)
                {
                    Begin();
                    return;
                }
            }
            Break();
        }

        /// <summary>Completes when all texts of the queue have been sent, or sending has failed.</summary>
        public Task EmptiedAsync()
        {
            lock (_gate)
            {
                return _sending;
            }
        }

        private void Begin()
        {
            if (!_isSending)
            {
                _isSending = true;
                _sending = Task.Run(SendAllAsync);
            }
        }

        private async Task SendAllAsync()
        {
            try
            {
                string? next;
                while ((next = Next()) != null) await _send(next).ConfigureAwait(false);
            }
            catch (Exception)
            {
                // The reading side reports the reason.
                Break();
            }
        }

        private string? Next()
        {
            lock (_gate)
            {
                _isSending = _waiting.Count > 0;
                return _isSending ? _waiting.Dequeue() : null;
            }
        }

        private void Break()
        {
            lock (_gate)
            {
                if (_isBroken) return;
                _isBroken = true;
                _waiting.Clear();
            }
            _onStuck();
        }
    }
}
#endif
