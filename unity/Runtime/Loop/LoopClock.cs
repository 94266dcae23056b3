#nullable enable
using System;
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBotLobby
{
    /// <summary>
    /// A clock whose delays end in a loop's ticks, for WebGL. A browser has no threads and so no timers:
    /// <see cref="Task.Delay(int)"/> never ends there.
    /// </summary>
    public sealed class LoopClock : ILobbyClock
    {
        private readonly ILoop _loop;

        /// <summary>A clock on this loop.</summary>
        public LoopClock(ILoop loop)
        {
            _loop = loop;
        }

        /// <inheritdoc/>
        public DateTime UtcNow
        {
            get { return DateTime.UtcNow; }
        }

        /// <inheritdoc/>
        public Task DelayAsync(TimeSpan time, CancellationToken cancellation)
        {
            var delay = new Delay(_loop, MonotonicClock.NowMs + (long)time.TotalMilliseconds, cancellation);
            _loop.Add(delay);
            return delay.Ended;
        }

        private sealed class Delay : ILobbyTickable
        {
            private readonly TaskCompletionSource<bool> _ended = new TaskCompletionSource<bool>();
            private readonly ILoop _loop;
            private readonly long _endsAtMs;
            private readonly CancellationToken _cancellation;

            public Delay(ILoop loop, long endsAtMs, CancellationToken cancellation)
            {
                _loop = loop;
                _endsAtMs = endsAtMs;
                _cancellation = cancellation;
            }

            public Task Ended
            {
                get { return _ended.Task; }
            }

            void ILobbyTickable.Tick()
            {
                if (_cancellation.IsCancellationRequested) Cancel();
                else if (MonotonicClock.NowMs >= _endsAtMs) End();
            }

            void ILobbyTickable.Resumed()
            {
            }

            void ILobbyTickable.Stopped()
            {
                Cancel();
            }

            private void Cancel()
            {
                _loop.Remove(this);
                _ended.TrySetCanceled();
            }

            private void End()
            {
                _loop.Remove(this);
                _ended.TrySetResult(true);
            }
        }
    }
}
