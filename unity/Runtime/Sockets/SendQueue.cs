#if !UNITY_WEBGL || UNITY_EDITOR
using System;
using System.Collections.Generic;
using System.Threading.Tasks;

namespace AdventureBot2.Lobby
{
    /// <summary>Sends one text after the other; a WebSocket takes only one at a time.</summary>
    internal sealed class SendQueue
    {
        /// <summary>More than all streams of a connection have to say at once; more means that nothing gets through.</summary>
        public const int WaitingMax = 256;

        private readonly object _gate = new object();
        private readonly Queue<string> _waiting = new Queue<string>();
        private readonly Func<string, Task> _send;
        private readonly Action _onStuck;
        private Task _sending = Task.CompletedTask;
        private bool _isSending;
        private bool _isBroken;

        /// <param name="send">Sends one text; called again when its task is done.</param>
        /// <param name="onStuck">Called once, when too many wait or one could not be sent: nothing is sent from then on.</param>
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

        /// <summary>Done when all that was put before has been sent, or never will be.</summary>
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
                string next;
                while ((next = Next()) != null) await _send(next).ConfigureAwait(false);
            }
            catch (Exception)
            {
                // Whatever it was, the frame did not get through, and the reading side will say why.
                Break();
            }
        }

        private string Next()
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
