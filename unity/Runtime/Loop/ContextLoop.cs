#nullable enable
using System;
using System.Threading;

namespace AdventureBotLobby
{
    /// <summary>
    /// A loop on a <see cref="SynchronizationContext"/>, for programs without Unity, such as bots and tests. Without a
    /// context it ticks on pool threads, one tick at a time.
    /// </summary>
    public sealed class ContextLoop : ILoop, IDisposable
    {
        /// <summary>The interval of ticks, by which timeouts may be late. Incoming messages cause a tick at once.</summary>
        public const int LookEveryMs = 50;

        private readonly TickList _tickables = new TickList();
        private readonly object _gate = new object();
        private readonly SynchronizationContext _context;
        private readonly Timer _timer;
        private bool _isPosted;
        private bool _isWantedAgain;
        private bool _isOver;

        /// <summary>A loop that ticks until it is disposed of.</summary>
        public ContextLoop(SynchronizationContext? context = null)
        {
            _context = context ?? new SynchronizationContext();
            _timer = new Timer(_ => Wake(), null, LookEveryMs, LookEveryMs);
        }

        /// <inheritdoc/>
        public void Add(ILobbyTickable each)
        {
            _tickables.Add(each);
            Wake();
        }

        /// <inheritdoc/>
        public void Remove(ILobbyTickable each)
        {
            _tickables.Remove(each);
        }

        /// <inheritdoc/>
        public void Wake()
        {
            lock (_gate)
            {
                if (_isOver || _isPosted)
                {
                    _isWantedAgain = true;
                    return;
                }
                _isPosted = true;
            }
            _context.Post(Tick, null);
        }

        /// <summary>As <see cref="ILobbyTickable.Resumed"/>: the program continues after a standstill.</summary>
        public void Resume()
        {
            _context.Post(_ => _tickables.Resume(), null);
        }

        /// <summary>Stops ticking, and calls <see cref="ILobbyTickable.Stopped"/>.</summary>
        public void Dispose()
        {
            lock (_gate)
            {
                if (_isOver) return;
                _isOver = true;
            }
            _timer.Dispose();
            _tickables.Stop();
        }

        private void Tick(object? state)
        {
            lock (_gate)
            {
                _isWantedAgain = false;
            }
            try
            {
                _tickables.Tick();
            }
            finally
            {
                Rest();
            }
        }

        private void Rest()
        {
            lock (_gate)
            {
                _isPosted = false;
                if (!_isWantedAgain) return;
            }
            Wake();
        }
    }
}
