using System;

namespace AdventureBot2.Lobby
{
    /// <summary>What a connection stands on. Whatever is left null is what fits the platform.</summary>
    public sealed class LobbyConnectionOptions
    {
        /// <summary>Who gives turns, and so on which thread events are raised: Unity's main thread.</summary>
        public ILoop Loop { get; set; }

        /// <summary>Makes a socket for each attempt to connect.</summary>
        public Func<ISocket> NewSocket { get; set; }

        public ILobbyChance Chance { get; set; }

        /// <summary>
        /// Hears of exceptions that the game's own event handlers throw. They keep nothing from the other handlers. By default
        /// Unity's console gets them.
        /// </summary>
        public Action<Exception> OnHandlerFailed { get; set; }

        /// <summary>The monotonic clock, in ms.</summary>
        internal Func<long> NowMs { get; set; }

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
