#if UNITY_2021_3_OR_NEWER
using UnityEngine;

namespace AdventureBot2.Lobby
{
    /// <summary>
    /// Gives one turn a frame, on Unity's main thread, and hears of pause, focus and the end of the game. The first use
    /// makes one object for the whole game, which survives the change of scenes and shows nowhere.
    /// </summary>
    [AddComponentMenu("")]
    public sealed class UnityLoop : MonoBehaviour, ILoop
    {
        private static UnityLoop _instance;

        private readonly Turns _turns = new Turns();

        /// <summary>To be asked for on the main thread.</summary>
        public static UnityLoop Instance
        {
            get
            {
                // Unity's own null: an object that was destroyed counts as none.
                return _instance != null ? _instance : _instance = Make();
            }
        }

        public void Add(ITurn each)
        {
            _turns.Add(each);
        }

        public void Remove(ITurn each)
        {
            _turns.Remove(each);
        }

        /// <summary>Nothing to do: the next frame is near enough.</summary>
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

        // With the editor's domain reload switched off, statics outlive the game that set them.
        [RuntimeInitializeOnLoadMethod(RuntimeInitializeLoadType.SubsystemRegistration)]
        private static void Forget()
        {
            _instance = null;
        }

        private void Update()
        {
            _turns.TakeTurn();
        }

        private void OnApplicationPause(bool isPaused)
        {
            if (!isPaused) _turns.Resume();
        }

        private void OnApplicationFocus(bool hasFocus)
        {
            if (hasFocus) _turns.Resume();
        }

        // Also when the editor leaves play mode: an open socket would live on in the editor.
        private void OnDestroy()
        {
            _turns.Stop();
        }
    }
}
#endif
