#nullable enable
using System;

namespace AdventureBotLobby
{
    /// <summary>The dependencies of a connection. Null selects the default of the platform.</summary>
    public sealed class LobbyConnectionOptions
    {
        /// <summary>Calls the connection's tick, and so decides the thread of all events. Default: Unity's main thread.</summary>
        public ILoop? Loop { get; set; }

        /// <summary>Creates a socket for each attempt to connect.</summary>
        public Func<ISocket>? NewSocket { get; set; }

        /// <summary>The source of the jitter of pauses.</summary>
        public ILobbyRandom? Chance { get; set; }

        /// <summary>
        /// Receives exceptions of the game's event handlers. The other handlers still run. Default: Unity's console.
        /// </summary>
        public Action<Exception>? OnHandlerFailed { get; set; }

        /// <summary>The monotonic clock in ms.</summary>
        internal Func<long>? NowMs { get; set; }

        internal ILoop LoopOrDefault()
        {
#if UNITY_2021_3_OR_NEWER
            return Loop ?? UnityLoop.Instance;
#else
            if (Loop == null) throw new ArgumentException("Outside of Unity a connection needs a loop, such as ContextLoop.");
            return Loop;
#endif
        }

        internal Func<ISocket> NewSocketOrDefault()
        {
#if UNITY_WEBGL && !UNITY_EDITOR
            return NewSocket ?? (() => new BrowserSocket(UnityLoop.Instance));
#elif UNITY_EDITOR
            Func<ISocket> socket = NewSocket ?? (() => new ClientSocket());
            return () => LobbyCable.Through(socket());
#else
            return NewSocket ?? (() => new ClientSocket());
#endif
        }

        internal Action<Exception> OnHandlerFailedOrDefault()
        {
#if UNITY_2021_3_OR_NEWER
            return OnHandlerFailed ?? UnityEngine.Debug.LogException;
#else
            return OnHandlerFailed ?? (error => Console.Error.WriteLine(error));
#endif
        }
    }
}
