using System;

namespace AdventureBot2.Lobby
{
    /// <summary>
    /// Who gets turns. A change makes a new array, so that going through them allocates nothing and may itself bring a change.
    /// </summary>
    internal sealed class Turns
    {
        private readonly object _gate = new object();
        private volatile ITurn[] _all = new ITurn[0];

        public ITurn[] All
        {
            get { return _all; }
        }

        public void Add(ITurn each)
        {
            lock (_gate)
            {
                var more = new ITurn[_all.Length + 1];
                _all.CopyTo(more, 0);
                more[_all.Length] = each;
                _all = more;
            }
        }

        public void Remove(ITurn each)
        {
            lock (_gate)
            {
                _all = Array.FindAll(_all, other => !ReferenceEquals(other, each));
            }
        }

        public void TakeTurn()
        {
            ITurn[] all = _all;
            for (int i = 0; i < all.Length; i++) all[i].Turn();
        }

        public void Resume()
        {
            foreach (ITurn each in _all) each.Resumed();
        }

        public void Stop()
        {
            foreach (ITurn each in _all) each.Stopped();
        }
    }
}
