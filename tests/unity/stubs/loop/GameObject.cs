using System;
using System.Collections.Generic;

namespace UnityEngine
{
    /// <summary>A stub of Unity's class, with the behaviour that the package and its sample depend on.</summary>
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
            Engine.Leave(target);
            var home = target as GameObject;
            if (ReferenceEquals(home, null)) return;
            foreach (Component component in home.Components) component._isDestroyed = true;
            for (int at = home.transform.childCount - 1; at >= 0; at--) Destroy(home.transform.GetChild(at).gameObject);
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

        public Transform transform
        {
            get { return gameObject.transform; }
        }

        public T GetComponent<T>() where T : Component
        {
            return gameObject.GetComponent<T>();
        }

        public T GetComponentInChildren<T>() where T : Component
        {
            return gameObject.GetComponentInChildren<T>();
        }
    }

    public class Behaviour : Component
    {
        public bool enabled { get; set; }
    }

    public class MonoBehaviour : Behaviour
    {
    }

    public sealed class GameObject : Object
    {
        internal readonly List<Component> Components = new List<Component>();

        public GameObject(string name, params Type[] components)
        {
            this.name = name;
            activeSelf = true;
            bool hasRect = Array.Exists(components, type => type == typeof(RectTransform) || type.Name == "Canvas");
            transform = hasRect ? new RectTransform() : new Transform();
            transform.gameObject = this;
            foreach (Type type in components)
            {
                if (type != typeof(RectTransform)) Add((Component)Activator.CreateInstance(type));
            }
        }

        public Transform transform { get; private set; }

        public bool activeSelf { get; private set; }

        public bool activeInHierarchy
        {
            get { return activeSelf && (transform.parent == null || transform.parent.gameObject.activeInHierarchy); }
        }

        public void SetActive(bool value)
        {
            activeSelf = value;
        }

        public T AddComponent<T>() where T : Component, new()
        {
            return (T)Add(new T());
        }

        public T GetComponent<T>() where T : Component
        {
            return (T)Components.Find(component => component is T);
        }

        public T GetComponentInChildren<T>() where T : Component
        {
            T own = GetComponent<T>();
            for (int at = 0; own == null && at < transform.childCount; at++)
            {
                own = transform.GetChild(at).gameObject.GetComponentInChildren<T>();
            }
            return own;
        }

        private Component Add(Component component)
        {
            component.gameObject = this;
            Components.Add(component);
            Engine.Enter(component);
            return component;
        }
    }
}
