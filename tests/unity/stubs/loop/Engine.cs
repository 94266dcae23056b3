using System.Collections.Generic;
using System.Reflection;

namespace UnityEngine
{
    /// <summary>Not of the engine: plays its part of calling the messages of components, by their names as it does.</summary>
    public static class Stage
    {
        private static readonly List<Component> _components = new List<Component>();
        private static readonly List<Component> _unstarted = new List<Component>();

        /// <summary>All that are there, in the order in which they came.</summary>
        public static IEnumerable<Component> Components
        {
            get { return _components.ToArray(); }
        }

        /// <summary>One frame: what is new is started, then all is updated.</summary>
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
