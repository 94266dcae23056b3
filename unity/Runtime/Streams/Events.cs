using System;

namespace AdventureBot2.Lobby
{
    /// <summary>Raises events so that a handler which throws harms neither the other handlers nor the stream.</summary>
    internal sealed class Events
    {
        private readonly Action<Exception> _onFailed;

        public Events(Action<Exception> onFailed)
        {
            _onFailed = onFailed;
        }

        public void Raise<T>(Action<T> handlers, T value)
        {
            if (handlers == null) return;
            foreach (Delegate each in handlers.GetInvocationList())
            {
                try
                {
                    ((Action<T>)each)(value);
                }
                catch (Exception error)
                {
                    _onFailed(error);
                }
            }
        }
    }
}
