using System.Collections.Generic;

namespace UnityEngine
{
    public struct Vector2
    {
        public static readonly Vector2 zero = new Vector2(0, 0);
        public static readonly Vector2 one = new Vector2(1, 1);
        public float x;
        public float y;

        public Vector2(float x, float y)
        {
            this.x = x;
            this.y = y;
        }
    }

    public class Transform : Component
    {
        private readonly List<Transform> _children = new List<Transform>();

        public Transform parent { get; private set; }

        public int childCount
        {
            get { return _children.Count; }
        }

        public Transform GetChild(int index)
        {
            return _children[index];
        }

        public void SetParent(Transform parent)
        {
            SetParent(parent, true);
        }

        public void SetParent(Transform parent, bool worldPositionStays)
        {
            if (this.parent != null) this.parent._children.Remove(this);
            this.parent = parent;
            if (parent != null) parent._children.Add(this);
        }
    }

    public class RectTransform : Transform
    {
        public Vector2 anchorMin { get; set; }

        public Vector2 anchorMax { get; set; }

        public Vector2 offsetMin { get; set; }

        public Vector2 offsetMax { get; set; }
    }
}
