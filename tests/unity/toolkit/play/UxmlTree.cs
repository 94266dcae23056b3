using System;
using System.Xml;
using UnityEngine.UIElements;

/// <summary>Builds the elements of a UXML file, with names, classes and texts.</summary>
internal static class UxmlTree
{
    public static VisualElement Load(string file)
    {
        var document = new XmlDocument();
        document.Load(file);
        var root = new VisualElement();
        Fill(root, document.DocumentElement);
        return root;
    }

    private static void Fill(VisualElement parent, XmlNode node)
    {
        foreach (XmlNode child in node.ChildNodes)
        {
            var described = child as XmlElement;
            if (described == null || described.LocalName == "Style") continue;
            VisualElement element = Create(described);
            parent.Add(element);
            Fill(element, described);
        }
    }

    private static VisualElement Create(XmlElement described)
    {
        VisualElement element = OfType(described.LocalName);
        element.name = described.GetAttribute("name");
        foreach (string each in described.GetAttribute("class").Split(' '))
        {
            if (each.Length > 0) element.AddToClassList(each);
        }
        var text = element as TextElement;
        if (text != null) text.text = described.GetAttribute("text");
        return element;
    }

    private static VisualElement OfType(string type)
    {
        switch (type)
        {
            case "VisualElement": return new VisualElement();
            case "Label": return new Label();
            case "Button": return new Button();
            case "ScrollView": return new ScrollView();
            case "TextField": return new TextField();
            case "Toggle": return new Toggle();
            case "DropdownField": return new DropdownField();
            default: throw new ArgumentException("no such element: " + type);
        }
    }
}
