using System;
using System.Collections.Concurrent;
using System.Linq;
using System.Threading;
using AdventureBotLobby;
using UnityEngine;
using UnityEngine.Networking;

/// <summary>A game with only the component of the README. It runs until its input ends.</summary>
internal sealed class Game : SynchronizationContext
{
    private const int FramesAfter = 100;
    private readonly ConcurrentQueue<Action> _posted = new ConcurrentQueue<Action>();

    public override void Post(SendOrPostCallback callback, object state)
    {
        _posted.Enqueue(() => callback(state));
    }

    private static void Main(string[] arguments)
    {
        var game = new Game();
        SetSynchronizationContext(game);
        var home = new GameObject("Home");
        home.AddComponent<FirstParty>();
        if (arguments.Length > 0) game.LeaveDuringRequest(home);
        bool isOver = false;
        new Thread(() => isOver = Console.In.ReadLine() == null) { IsBackground = true }.Start();
        while (!Volatile.Read(ref isOver)) game.Frame();
        UnityEngine.Object.Destroy(home);
        Leave.With(0);
    }

    /// <summary>
    /// Destroys the object while its first request is sent. Prints the number of hidden loops: a connection would have created
    /// one, and nobody would dispose of it.
    /// </summary>
    private void LeaveDuringRequest(GameObject home)
    {
        while (UnityWebRequest.Undisposed == 0) Frame();
        UnityEngine.Object.Destroy(home);
        while (UnityWebRequest.Undisposed > 0) Frame();
        for (int frame = 0; frame < FramesAfter; frame++) Frame();
        Console.WriteLine("loops " + Engine.Components.OfType<UnityLoop>().Count());
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
