#if UNITY_EDITOR
using System;
using System.Collections.Generic;
using UnityEngine;

namespace UnityEditor
{
    public enum InsecureHttpOption
    {
        NotAllowed,
        DevelopmentOnly,
        AlwaysAllowed
    }

    public static class PlayerSettings
    {
        public static InsecureHttpOption insecureHttpOption { get; set; }
    }

    public static class EditorApplication
    {
        public static bool isPlaying { get; set; }
    }

    public sealed class MenuItem : Attribute
    {
        public MenuItem(string itemName)
        {
        }
    }

    public class EditorWindow : ScriptableObject
    {
        public static T GetWindow<T>(string title) where T : EditorWindow, new()
        {
            return new T { name = title };
        }

        public void Repaint()
        {
        }
    }
}

namespace UnityEngine
{
    /// <summary>A stub of Unity's class, which records what is drawn.</summary>
    public static class GUILayout
    {
        /// <summary>Not of Unity.</summary>
        public static readonly List<string> Drawn = new List<string>();

        /// <summary>Not of Unity: the text of the button that is clicked in this drawing.</summary>
        public static string Clicked;

        public static void Label(string text)
        {
            Drawn.Add(text);
        }

        public static bool Button(string text)
        {
            Drawn.Add("[" + text + "]");
            return text == Clicked;
        }

        public static void BeginHorizontal()
        {
        }

        public static void EndHorizontal()
        {
        }

        public static Vector2 BeginScrollView(Vector2 scrollPosition)
        {
            return scrollPosition;
        }

        public static void EndScrollView()
        {
        }
    }
}
#endif
