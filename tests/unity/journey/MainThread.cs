using System;
using System.Collections.Concurrent;
using System.Threading;
using System.Threading.Tasks;

/// <summary>A main thread as in Unity: code after an await runs on it again.</summary>
public sealed class MainThread : SynchronizationContext
{
    private readonly BlockingCollection<Action> _waiting = new BlockingCollection<Action>();

    public override void Post(SendOrPostCallback callback, object state)
    {
        _waiting.Add(() => callback(state));
    }

    public override void Send(SendOrPostCallback callback, object state)
    {
        throw new NotSupportedException("The main thread is waited for by nobody.");
    }

    /// <summary>Runs until the task is done. Throws its exception.</summary>
    public static void Run(Func<Task> begin)
    {
        var thread = new MainThread();
        SetSynchronizationContext(thread);
        Task all = begin();
        all.ContinueWith(_ => thread._waiting.CompleteAdding(), TaskScheduler.Default);
        foreach (Action each in thread._waiting.GetConsumingEnumerable()) each();
        all.GetAwaiter().GetResult();
    }
}
