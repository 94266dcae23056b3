using System;
using System.Threading;
using System.Threading.Tasks;

namespace AdventureBot2.Lobby
{
    /// <summary>
    /// Time as a loop's turns see it. A browser has no threads and so no timers: <see cref="Task.Delay(int)"/> never ends there.
    /// </summary>
    public sealed class LoopClock : ILobbyClock
    {
        private readonly ILoop _loop;

        public LoopClock(ILoop loop)
        {
            _loop = loop;
        }

        public DateTime UtcNow
        {
            get { return DateTime.UtcNow; }
        }

        public Task DelayAsync(TimeSpan time, CancellationToken cancellation)
        {
            var delay = new Delay(_loop, Monotonic.NowMs + (long)time.TotalMilliseconds, cancellation);
            _loop.Add(delay);
            return delay.Ended;
        }

        private sealed class Delay : ITurn
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

            void ITurn.Turn()
            {
                if (_cancellation.IsCancellationRequested) Cancel();
                else if (Monotonic.NowMs >= _endsAtMs) End();
            }

            void ITurn.Resumed()
            {
            }

            void ITurn.Stopped()
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
