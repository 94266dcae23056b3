using System;
using System.Threading;

namespace AdventureBot2.Lobby
{
    /// <summary>
    /// Gives turns through a <see cref="SynchronizationContext"/>: for programs without Unity, such as bots and tests.
    /// Without a context the turns are taken on pool threads, one after the other.
    /// </summary>
    public sealed class ContextLoop : ILoop, IDisposable
    {
        /// <summary>How late a timeout may be noticed; what comes in is noticed at once.</summary>
        public const int LookEveryMs = 50;

        private readonly Turns _turns = new Turns();
        private readonly object _gate = new object();
        private readonly SynchronizationContext _context;
        private readonly Timer _timer;
        private bool _isPosted;
        private bool _isWantedAgain;
        private bool _isOver;

        public ContextLoop(SynchronizationContext context = null)
        {
            _context = context ?? new SynchronizationContext();
            _timer = new Timer(_ => Wake(), null, LookEveryMs, LookEveryMs);
        }

        public void Add(ITurn each)
        {
            _turns.Add(each);
            Wake();
        }

        public void Remove(ITurn each)
        {
            _turns.Remove(each);
        }

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
            _context.Post(TakeTurn, null);
        }

        /// <summary>As <see cref="ITurn.Resumed"/>: tells all that the program was stopped for a while.</summary>
        public void Resume()
        {
            _context.Post(_ => _turns.Resume(), null);
        }

        /// <summary>No more turns, and the end of all that got some.</summary>
        public void Dispose()
        {
            lock (_gate)
            {
                if (_isOver) return;
                _isOver = true;
            }
            _timer.Dispose();
            _turns.Stop();
        }

        private void TakeTurn(object state)
        {
            lock (_gate)
            {
                _isWantedAgain = false;
            }
            try
            {
                _turns.TakeTurn();
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
