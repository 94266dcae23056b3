#nullable enable
using System;
using UnityEngine;
using UnityEngine.EventSystems;
using UnityEngine.UI;

namespace AdventureBotLobby.Sample
{
    /// <summary>Builds the parts of a screen from code, so that the sample needs no scene, no prefab and no font.</summary>
    public static class Ui
    {
        private const int FontSize = 28;
        private const float LineHeight = 52;
        private static readonly Color _backColor = new Color(0.10f, 0.11f, 0.14f, 1);
        private static readonly Color _partColor = new Color(0.22f, 0.25f, 0.32f, 1);
        private static readonly Color _fieldColor = new Color(0.95f, 0.95f, 0.92f, 1);

        /// <summary>A canvas over the whole screen, with a column of parts in it.</summary>
        public static RectTransform Screen(string name)
        {
            var home = new GameObject(name, typeof(Canvas), typeof(CanvasScaler), typeof(GraphicRaycaster));
            home.GetComponent<Canvas>().renderMode = RenderMode.ScreenSpaceOverlay;
            var scaler = home.GetComponent<CanvasScaler>();
            scaler.uiScaleMode = CanvasScaler.ScaleMode.ScaleWithScreenSize;
            scaler.referenceResolution = new Vector2(1280, 720);
            EnsureInput();
            RectTransform back = Filling(home.transform, "Back");
            back.gameObject.AddComponent<Image>().color = _backColor;
            return back;
        }

        /// <summary>A column that fills its parent.</summary>
        public static RectTransform Panel(Transform parent, string name, TextAnchor alignment = TextAnchor.UpperLeft)
        {
            RectTransform panel = Filling(parent, name);
            var column = panel.gameObject.AddComponent<VerticalLayoutGroup>();
            column.padding = new RectOffset(40, 40, 24, 24);
            column.spacing = 8;
            column.childAlignment = alignment;
            column.childControlWidth = column.childControlHeight = true;
            column.childForceExpandHeight = false;
            return panel;
        }

        /// <summary>Parts side by side, of the same width.</summary>
        public static RectTransform Row(Transform parent)
        {
            RectTransform row = Line(parent, "Row");
            var group = row.gameObject.AddComponent<HorizontalLayoutGroup>();
            group.spacing = 8;
            group.childControlWidth = group.childControlHeight = true;
            return row;
        }

        public static Text Label(Transform parent, string text)
        {
            return Write(Line(parent, "Label"), text, Color.white, TextAnchor.MiddleLeft);
        }

        public static Button Button(Transform parent, string text, Action onClick)
        {
            RectTransform place = Line(parent, "Button");
            place.gameObject.AddComponent<Image>().color = _partColor;
            var button = place.gameObject.AddComponent<Button>();
            button.onClick.AddListener(() => onClick());
            Write(Filling(place, "Text"), text, Color.white, TextAnchor.MiddleCenter);
            return button;
        }

        /// <summary>Changes the text of a button.</summary>
        public static void Say(Button button, string text)
        {
            button.GetComponentInChildren<Text>().text = text;
        }

        public static InputField Field(Transform parent, string placeholder, bool isSecret = false)
        {
            RectTransform place = Line(parent, "Field");
            place.gameObject.AddComponent<Image>().color = _fieldColor;
            var field = place.gameObject.AddComponent<InputField>();
            field.textComponent = Write(Filling(place, "Text"), "", Color.black, TextAnchor.MiddleLeft);
            field.textComponent.supportRichText = false;
            field.placeholder = Write(Filling(place, "Placeholder"), placeholder, Color.gray, TextAnchor.MiddleLeft);
            if (isSecret) field.contentType = InputField.ContentType.Password;
            return field;
        }

        /// <summary>Removes all children of a row or panel.</summary>
        public static void Clear(Transform parent)
        {
            for (int at = parent.childCount - 1; at >= 0; at--)
            {
                GameObject child = parent.GetChild(at).gameObject;
                child.transform.SetParent(null);
                UnityEngine.Object.Destroy(child);
            }
        }

        private static RectTransform Line(Transform parent, string name)
        {
            RectTransform line = Filling(parent, name);
            line.gameObject.AddComponent<LayoutElement>().minHeight = LineHeight;
            return line;
        }

        private static RectTransform Filling(Transform parent, string name)
        {
            var place = (RectTransform)new GameObject(name, typeof(RectTransform)).transform;
            place.SetParent(parent, false);
            place.anchorMin = Vector2.zero;
            place.anchorMax = Vector2.one;
            place.offsetMin = place.offsetMax = Vector2.zero;
            return place;
        }

        private static Text Write(RectTransform place, string words, Color color, TextAnchor alignment)
        {
            var text = place.gameObject.AddComponent<Text>();
            text.font = BuiltinFont();
            text.fontSize = FontSize;
            text.color = color;
            text.alignment = alignment;
            text.text = words;
            return text;
        }

        private static Font BuiltinFont()
        {
#if UNITY_2022_2_OR_NEWER
            return Resources.GetBuiltinResource<Font>("LegacyRuntime.ttf");
#else
            return Resources.GetBuiltinResource<Font>("Arial.ttf");
#endif
        }

        /// <summary>Clicks need an event system that fits the project's input system.</summary>
        private static void EnsureInput()
        {
            if (EventSystem.current != null) return;
            AddInput(new GameObject("EventSystem", typeof(EventSystem)));
        }

        private static void AddInput(GameObject home)
        {
#if ENABLE_LEGACY_INPUT_MANAGER
            home.AddComponent<StandaloneInputModule>();
#elif LOBBY_SAMPLE_INPUT_SYSTEM
            home.AddComponent<UnityEngine.InputSystem.UI.InputSystemUIInputModule>();
#endif
        }
    }
}
