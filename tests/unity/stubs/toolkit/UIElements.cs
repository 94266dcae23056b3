using System;
using System.Collections.Generic;

namespace UnityEngine.UIElements
{
    /// <summary>A stub of Unity's class: a tree of elements with names and classes.</summary>
    public class VisualElement
    {
        private readonly List<VisualElement> _children = new List<VisualElement>();
        private readonly List<string> _classes = new List<string>();

        public string name { get; set; }

        public bool enabledSelf { get; private set; } = true;

        public VisualElement parent { get; private set; }

        public void Add(VisualElement child)
        {
            child.parent = this;
            _children.Add(child);
        }

        public void Clear()
        {
            _children.Clear();
        }

        public IEnumerable<VisualElement> Children()
        {
            return _children.ToArray();
        }

        public IEnumerable<string> GetClasses()
        {
            return _classes;
        }

        public void AddToClassList(string className)
        {
            if (!_classes.Contains(className)) _classes.Add(className);
        }

        public void EnableInClassList(string className, bool enable)
        {
            if (enable) AddToClassList(className);
            else _classes.Remove(className);
        }

        public void SetEnabled(bool value)
        {
            enabledSelf = value;
        }
    }

    public static class UQueryExtensions
    {
        /// <summary>The first descendant of this type with this name; null if there is none, as in Unity.</summary>
        public static T Q<T>(this VisualElement e, string name = null) where T : VisualElement
        {
            foreach (VisualElement child in e.Children())
            {
                if (child is T && (name == null || child.name == name)) return (T)child;
                T found = child.Q<T>(name);
                if (found != null) return found;
            }
            return null;
        }
    }

    public class TextElement : VisualElement
    {
        public virtual string text { get; set; }
    }

    public class Label : TextElement
    {
        public Label()
        {
        }

        public Label(string text)
        {
            this.text = text;
        }
    }

    public class Button : TextElement
    {
        public Button()
        {
        }

        public Button(Action clickEvent)
        {
            clicked += clickEvent;
        }

        public event Action clicked;

        /// <summary>Not of Unity.</summary>
        public void Click()
        {
            if (clicked != null) clicked();
        }
    }

    public class ScrollView : VisualElement
    {
    }

    public sealed class ChangeEvent<T>
    {
        public T newValue { get; set; }
    }

    public delegate void EventCallback<in TEventType>(TEventType evt);

    public class BaseField<T> : VisualElement
    {
        private T _value;

        internal EventCallback<ChangeEvent<T>> Callbacks;

        public virtual T value
        {
            get { return _value; }
            set
            {
                if (EqualityComparer<T>.Default.Equals(_value, value)) return;
                _value = value;
                if (Callbacks != null) Callbacks(new ChangeEvent<T> { newValue = value });
            }
        }

        public string label { get; set; }

        public void SetValueWithoutNotify(T newValue)
        {
            _value = newValue;
        }
    }

    public static class INotifyValueChangedExtensions
    {
        public static bool RegisterValueChangedCallback<T>(this BaseField<T> control, EventCallback<ChangeEvent<T>> callback)
        {
            control.Callbacks += callback;
            return true;
        }
    }

    public class TextField : BaseField<string>
    {
        public TextField()
        {
            SetValueWithoutNotify("");
        }
    }

    public class Toggle : BaseField<bool>
    {
    }

    public class DropdownField : BaseField<string>
    {
        public List<string> choices { get; set; } = new List<string>();

        public int index
        {
            get { return choices.IndexOf(value); }
            set { this.value = choices[value]; }
        }
    }

    public class UIDocument : MonoBehaviour
    {
        private VisualElement _root;

        /// <summary>Not of Unity: builds the tree of a document.</summary>
        public static Func<VisualElement> Load;

        public VisualElement rootVisualElement
        {
            get { return _root ?? (_root = Load()); }
        }
    }
}
