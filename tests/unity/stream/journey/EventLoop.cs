using System;
using System.Collections.Concurrent;
using System.Threading;
using System.Threading.Tasks;

/// <summary>One thread that does what is posted to it, in order: what Unity's main thread is to a game.</summary>
internal sealed class Pump : SynchronizationContext
{
    private readonly BlockingCollection<Action> _posted = new BlockingCollection<Action>();

    public override void Post(SendOrPostCallback callback, object state)
    {
        _posted.Add(() => callback(state));
    }

    /// <summary>Runs <paramref name="main"/> and all that it posts on this thread, until it is done.</summary>
    public static void Run(Func<Task> main)
    {
        var pump = new Pump();
        SetSynchronizationContext(pump);
        Task running = main();
        running.ContinueWith(_ => pump._posted.CompleteAdding(), TaskScheduler.Default);
        foreach (Action action in pump._posted.GetConsumingEnumerable()) action();
        running.GetAwaiter().GetResult();
    }
}
