#nullable enable
using System;

namespace AdventureBotLobby
{
    /// <summary>
    /// Calls the tick of connections, always on the same thread, or at least one tick at a time. All events are raised in a
    /// tick. <see cref="UnityLoop"/> ticks once per frame. <see cref="ContextLoop"/> is for programs without Unity.
    /// </summary>
    public interface ILoop
    {
        /// <summary>Ticks <paramref name="each"/> from now on.</summary>
        void Add(ILobbyTickable each);

        /// <summary>Stops ticking it. Does nothing if it was not added.</summary>
        void Remove(ILobbyTickable each);

        /// <summary>Requests a tick, from any thread.</summary>
        void Wake();
    }

    /// <summary>An object that works in ticks. A tick without work costs only some comparisons.</summary>
    public interface ILobbyTickable
    {
        /// <summary>Does the work of one turn, without waiting.</summary>
        void Tick();

        /// <summary>The application continues after a pause, or has the focus again. Sockets may be lost by now.</summary>
        void Resumed();

        /// <summary>The application ends.</summary>
        void Stopped();
    }

    /// <summary>
    /// The objects that a loop ticks. A change creates a new array, so that iteration allocates nothing, and a tick may add or
    /// remove objects.
    /// </summary>
    internal sealed class TickList
    {
        private readonly object _gate = new object();
        private volatile ILobbyTickable[] _all = new ILobbyTickable[0];

        public ILobbyTickable[] All
        {
            get { return _all; }
        }

        public void Add(ILobbyTickable each)
        {
            lock (_gate)
            {
                var more = new ILobbyTickable[_all.Length + 1];
                _all.CopyTo(more, 0);
                more[_all.Length] = each;
                _all = more;
            }
        }

        public void Remove(ILobbyTickable each)
        {
            lock (_gate)
            {
                _all = Array.FindAll(_all, other => !ReferenceEquals(other, each));
            }
        }

        public void Tick()
        {
            ILobbyTickable[] all = _all;
            for (int i = 0; i < all.Length; i++) all[i].Tick();
        }

        public void Resume()
        {
            foreach (ILobbyTickable each in _all) each.Resumed();
        }

        public void Stop()
        {
            foreach (ILobbyTickable each in _all) each.Stopped();
        }
    }
}
