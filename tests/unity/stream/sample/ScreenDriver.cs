using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using UnityEngine;
using UnityEngine.UI;

/// <summary>Runs frames like the engine, and reads and clicks a screen like a player.</summary>
internal sealed class ScreenDriver : SynchronizationContext
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);
    private readonly ConcurrentQueue<Action> _posted = new ConcurrentQueue<Action>();

    public override void Post(SendOrPostCallback callback, object state)
    {
        _posted.Enqueue(() => callback(state));
    }

    /// <summary>Runs frames until the condition holds.</summary>
    public void Until(Func<bool> holds, Func<string> what)
    {
        Stopwatch waited = Stopwatch.StartNew();
        while (!holds())
        {
            if (waited.Elapsed > _patience) throw new TimeoutException("waited in vain for " + what());
            Frame();
        }
    }

    public void UntilSeen(GameObject screen, string words)
    {
        Func<bool> isThere = () => Seen(screen).Any(text => text.StartsWith(words, StringComparison.Ordinal));
        Until(isThere, () => words + " on a screen with " + string.Join("|", Seen(screen)));
    }

    /// <summary>All texts on a screen, from top to bottom.</summary>
    public static IEnumerable<string> Seen(GameObject screen)
    {
        return Of<Text>(screen).Select(text => text.text).Where(text => !string.IsNullOrEmpty(text));
    }

    public void Click(GameObject screen, string words)
    {
        UntilSeen(screen, words);
        Button button = Of<Button>(screen).First(each => Says(each, words));
        button.onClick.Invoke();
    }

    public static void Type(GameObject screen, string placeholder, string words)
    {
        Of<InputField>(screen).First(field => ((Text)field.placeholder).text == placeholder).text = words;
    }

    private void Frame()
    {
        // Those that are posted meanwhile wait for the next frame, as in Unity.
        for (int left = _posted.Count; left > 0; left--)
        {
            Action action;
            if (_posted.TryDequeue(out action)) action();
        }
        Engine.Frame();
        Thread.Sleep(2);
    }

    private static bool Says(Button button, string words)
    {
        return button.GetComponentInChildren<Text>().text.StartsWith(words, StringComparison.Ordinal);
    }

    private static IEnumerable<T> Of<T>(GameObject screen) where T : Component
    {
        return Engine.Components.OfType<T>().Where(part => part.gameObject.activeInHierarchy && Root(part) == screen.transform);
    }

    private static Transform Root(Component part)
    {
        Transform root = part.transform;
        while (root.parent != null) root = root.parent;
        return root;
    }
}
