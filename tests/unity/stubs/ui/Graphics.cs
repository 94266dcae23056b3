namespace UnityEngine
{
    public struct Color
    {
        public static readonly Color white = new Color(1, 1, 1, 1);
        public static readonly Color black = new Color(0, 0, 0, 1);
        public static readonly Color gray = new Color(0.5f, 0.5f, 0.5f, 1);
        public float r;
        public float g;
        public float b;
        public float a;

        public Color(float r, float g, float b, float a)
        {
            this.r = r;
            this.g = g;
            this.b = b;
            this.a = a;
        }
    }

    public enum TextAnchor
    {
        UpperLeft,
        MiddleLeft,
        MiddleCenter,
        MiddleRight,
        LowerRight
    }

    public enum RenderMode
    {
        ScreenSpaceOverlay
    }

    public sealed class Font : Object
    {
    }

    public static class Resources
    {
        public static T GetBuiltinResource<T>(string path) where T : Object, new()
        {
            return new T { name = path };
        }
    }

    public sealed class Canvas : Behaviour
    {
        public RenderMode renderMode { get; set; }
    }

    public sealed class RectOffset
    {
        public RectOffset(int left, int right, int top, int bottom)
        {
        }
    }
}
