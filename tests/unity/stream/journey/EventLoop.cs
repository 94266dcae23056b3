using System;
using System.Collections.Concurrent;
using System.Threading;
using System.Threading.Tasks;

/// <summary>A thread that runs posted callbacks in order, like Unity's main thread.</summary>
internal sealed class EventLoop : SynchronizationContext
{
    private readonly BlockingCollection<Action> _posted = new BlockingCollection<Action>();

    public override void Post(SendOrPostCallback callback, object state)
    {
        _posted.Add(() => callback(state));
    }

    /// <summary>Runs <paramref name="main"/> and its posted callbacks on this thread, until it is done.</summary>
    public static void Run(Func<Task> main)
    {
        var pump = new EventLoop();
        SetSynchronizationContext(pump);
        Task running = main();
        running.ContinueWith(_ => pump._posted.CompleteAdding(), TaskScheduler.Default);
        foreach (Action action in pump._posted.GetConsumingEnumerable()) action();
        running.GetAwaiter().GetResult();
    }
}
