using System;
using System.Collections.Generic;
using System.Reflection;

namespace UnityEngine
{
    /// <summary>What the engine does with objects and their components, as far as a program can tell.</summary>
    public class Object
    {
        private bool _isDestroyed;

        public string name { get; set; }

        public HideFlags hideFlags { get; set; }

        public static void DontDestroyOnLoad(Object target)
        {
        }

        public static void Destroy(Object target)
        {
            if (target == null) return;
            target._isDestroyed = true;
            Stage.Leave(target);
            var home = target as GameObject;
            if (!ReferenceEquals(home, null)) foreach (Component component in home.Components) component._isDestroyed = true;
        }

        public static bool operator ==(Object one, Object other)
        {
            return ReferenceEquals(IsNull(one) ? null : one, IsNull(other) ? null : other);
        }

        public static bool operator !=(Object one, Object other)
        {
            return !(one == other);
        }

        public static implicit operator bool(Object target)
        {
            return !IsNull(target);
        }

        public override bool Equals(object other)
        {
            return ReferenceEquals(this, other);
        }

        public override int GetHashCode()
        {
            return base.GetHashCode();
        }

        private static bool IsNull(Object target)
        {
            return ReferenceEquals(target, null) || target._isDestroyed;
        }
    }

    [Flags]
    public enum HideFlags
    {
        None = 0,
        HideInHierarchy = 1
    }

    public class Component : Object
    {
        public GameObject gameObject { get; internal set; }
    }

    public class Behaviour : Component
    {
        public bool enabled { get; set; }
    }

    public class MonoBehaviour : Behaviour
    {
    }

    public sealed partial class GameObject : Object
    {
        internal readonly List<Component> Components = new List<Component>();

        public GameObject(string name)
        {
            this.name = name;
        }

        public T AddComponent<T>() where T : Component, new()
        {
            var component = new T { gameObject = this };
            Components.Add(component);
            Stage.Enter(component);
            return component;
        }
    }

    /// <summary>Not of the engine: plays its part of calling the messages of components, by their names as it does.</summary>
    public static class Stage
    {
        private static readonly List<Component> _components = new List<Component>();

        public static void Enter(Component component)
        {
            _components.Add(component);
            Send(component, "Awake");
            Send(component, "Start");
        }

        public static void Leave(Object target)
        {
            var home = target as GameObject;
            bool isHome = !ReferenceEquals(home, null);
            foreach (Component component in isHome ? home.Components.ToArray() : new[] { (Component)target })
            {
                if (_components.Remove(component)) Send(component, "OnDestroy");
            }
        }

        public static void Send(string message, params object[] arguments)
        {
            foreach (Component component in _components.ToArray()) Send(component, message, arguments);
        }

        private static void Send(Component component, string message, params object[] arguments)
        {
            const BindingFlags own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
            MethodInfo method = component.GetType().GetMethod(message, own);
            if (method != null) method.Invoke(component, arguments);
        }
    }
}
