using System.Collections.Generic;
using System.Reflection;

namespace UnityEngine
{
    /// <summary>Not a class of Unity: it calls the messages of components by name, as the engine does.</summary>
    public static class Engine
    {
        private static readonly List<Component> _components = new List<Component>();
        private static readonly List<Component> _unstarted = new List<Component>();

        /// <summary>All components, in the order of their creation.</summary>
        public static IEnumerable<Component> Components
        {
            get { return _components.ToArray(); }
        }

        /// <summary>Runs one frame: starts new components, then updates all.</summary>
        public static void Frame()
        {
            Component[] started = _unstarted.ToArray();
            _unstarted.Clear();
            foreach (Component component in started) Send(component, "Start");
            Send("Update");
        }

        public static void Enter(Component component)
        {
            _components.Add(component);
            _unstarted.Add(component);
            Send(component, "Awake");
        }

        public static void Leave(Object target)
        {
            var home = target as GameObject;
            bool isHome = !ReferenceEquals(home, null);
            foreach (Component component in isHome ? home.Components.ToArray() : new[] { (Component)target })
            {
                _unstarted.Remove(component);
                if (_components.Remove(component)) Send(component, "OnDestroy");
            }
        }

        public static void Send(string message, params object[] arguments)
        {
            foreach (Component component in Components) Send(component, message, arguments);
        }

        private static void Send(Component component, string message, params object[] arguments)
        {
            const BindingFlags own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
            MethodInfo method = component.GetType().GetMethod(message, own);
            if (method != null) method.Invoke(component, arguments);
        }
    }
}
