using System;
using System.Collections.Concurrent;
using System.Threading;
using UnityEngine;

/// <summary>A game with only the component of the README. It runs until its input ends.</summary>
internal sealed class Game : SynchronizationContext
{
    private readonly ConcurrentQueue<Action> _posted = new ConcurrentQueue<Action>();

    public override void Post(SendOrPostCallback callback, object state)
    {
        _posted.Enqueue(() => callback(state));
    }

    private static void Main()
    {
        var game = new Game();
        SetSynchronizationContext(game);
        var home = new GameObject("Home");
        home.AddComponent<FirstParty>();
        bool isOver = false;
        new Thread(() => isOver = Console.In.ReadLine() == null) { IsBackground = true }.Start();
        while (!Volatile.Read(ref isOver)) game.Frame();
        UnityEngine.Object.Destroy(home);
        Leave.With(0);
    }

    private void Frame()
    {
        Action action;
        while (_posted.TryDequeue(out action)) action();
        Engine.Frame();
        Thread.Sleep(2);
    }
}
