using System;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;
using UnityEngine;

/// <summary>The main thread: runs frames like the engine, and code after an await in the next frame.</summary>
internal sealed class Frames : SynchronizationContext
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    private readonly ConcurrentQueue<Action> _posted = new ConcurrentQueue<Action>();

    public override void Post(SendOrPostCallback callback, object state)
    {
        _posted.Enqueue(() => callback(state));
    }

    /// <summary>Runs frames until the condition holds. Throws <see cref="TimeoutException"/>.</summary>
    public void Until(Func<bool> holds, Func<string> what)
    {
        Stopwatch waited = Stopwatch.StartNew();
        while (!holds())
        {
            if (waited.Elapsed > _patience) throw new TimeoutException("waited in vain for " + what());
            Next();
        }
    }

    /// <summary>Runs frames until the task is done, and returns its result.</summary>
    public T Run<T>(Task<T> task)
    {
        Until(() => task.IsCompleted, () => "a task");
        return task.GetAwaiter().GetResult();
    }

    private void Next()
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
}
