using System;

namespace UnityEngine.Events
{
    public delegate void UnityAction();

    public class UnityEvent
    {
        private UnityAction _calls;

        public void AddListener(UnityAction call)
        {
            _calls += call;
        }

        public void Invoke()
        {
            if (_calls != null) _calls();
        }
    }
}

namespace UnityEngine.EventSystems
{
    public sealed class EventSystem : MonoBehaviour
    {
        public static EventSystem current { get; private set; }

        private void Awake()
        {
            current = this;
        }
    }

    public sealed class StandaloneInputModule : MonoBehaviour
    {
    }
}

namespace UnityEngine.InputSystem.UI
{
    public sealed class InputSystemUIInputModule : MonoBehaviour
    {
    }
}

namespace UnityEngine.UI
{
    public sealed class GraphicRaycaster : MonoBehaviour
    {
    }

    public sealed class CanvasScaler : MonoBehaviour
    {
        public enum ScaleMode
        {
            ConstantPixelSize,
            ScaleWithScreenSize
        }

        public ScaleMode uiScaleMode { get; set; }

        public Vector2 referenceResolution { get; set; }
    }

    public class Graphic : MonoBehaviour
    {
        public Color color { get; set; }

        public bool raycastTarget { get; set; }
    }

    public sealed class Image : Graphic
    {
    }

    public sealed class Text : Graphic
    {
        public Font font { get; set; }

        public int fontSize { get; set; }

        public TextAnchor alignment { get; set; }

        public bool supportRichText { get; set; }

        public string text { get; set; }
    }

    public sealed class Button : MonoBehaviour
    {
        private readonly ButtonClickedEvent _onClick = new ButtonClickedEvent();

        public ButtonClickedEvent onClick
        {
            get { return _onClick; }
        }

        public sealed class ButtonClickedEvent : Events.UnityEvent
        {
        }
    }

    public sealed class InputField : MonoBehaviour
    {
        private string _text = "";

        public enum ContentType
        {
            Standard,
            Password
        }

        public string text
        {
            get { return _text; }
            set { _text = value ?? ""; }
        }

        public Text textComponent { get; set; }

        public Graphic placeholder { get; set; }

        public ContentType contentType { get; set; }
    }

    public sealed class LayoutElement : MonoBehaviour
    {
        public float minHeight { get; set; }
    }

    public class HorizontalOrVerticalLayoutGroup : MonoBehaviour
    {
        public RectOffset padding { get; set; }

        public float spacing { get; set; }

        public TextAnchor childAlignment { get; set; }

        public bool childControlWidth { get; set; }

        public bool childControlHeight { get; set; }

        public bool childForceExpandHeight { get; set; }
    }

    public sealed class HorizontalLayoutGroup : HorizontalOrVerticalLayoutGroup
    {
    }

    public sealed class VerticalLayoutGroup : HorizontalOrVerticalLayoutGroup
    {
    }
}
