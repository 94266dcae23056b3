#nullable enable
#if UNITY_2021_3_OR_NEWER
using UnityEngine;

namespace AdventureBotLobby
{
    /// <summary>
    /// Ticks once per frame on Unity's main thread, and forwards pause, focus and the end of the game. The first use creates
    /// one hidden object for the whole game, which survives the change of scenes.
    /// </summary>
    [AddComponentMenu("")]
    public sealed class UnityLoop : MonoBehaviour, ILoop
    {
        private static UnityLoop? _instance;

        private readonly TickList _tickables = new TickList();

        /// <summary>The loop of the game. Read it on the main thread.</summary>
        public static UnityLoop Instance
        {
            get
            {
                // Unity's own comparison with null: true also for a destroyed object.
                return _instance != null ? _instance : _instance = Make();
            }
        }

        /// <inheritdoc/>
        public void Add(ILobbyTickable each)
        {
            _tickables.Add(each);
        }

        /// <inheritdoc/>
        public void Remove(ILobbyTickable each)
        {
            _tickables.Remove(each);
        }

        /// <summary>Does nothing: the next frame ticks soon enough.</summary>
        public void Wake()
        {
        }

        private static UnityLoop Make()
        {
            var home = new GameObject("AdventureBot2 lobby");
            home.hideFlags = HideFlags.HideInHierarchy;
            DontDestroyOnLoad(home);
            return home.AddComponent<UnityLoop>();
        }

        // Without the editor's domain reload, static fields keep their values after play mode.
        [RuntimeInitializeOnLoadMethod(RuntimeInitializeLoadType.SubsystemRegistration)]
        private static void Forget()
        {
            _instance = null;
        }

        private void Update()
        {
            _tickables.Tick();
        }

        private void OnApplicationPause(bool isPaused)
        {
            if (!isPaused) _tickables.Resume();
        }

        private void OnApplicationFocus(bool hasFocus)
        {
            if (hasFocus) _tickables.Resume();
        }

        // Also when the editor leaves play mode: otherwise an open socket would stay open in the editor.
        private void OnDestroy()
        {
            _tickables.Stop();
        }
    }
}
#endif
