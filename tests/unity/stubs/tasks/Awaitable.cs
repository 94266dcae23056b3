using System;
using System.Runtime.CompilerServices;
using System.Threading.Tasks;

namespace UnityEngine
{
    /// <summary>A stub of Unity 6's class on .NET's Task. Like Unity's it can be awaited once.</summary>
    [AsyncMethodBuilder(typeof(AwaitableBuilder))]
    public sealed class Awaitable
    {
        private Task _task;

        internal Awaitable(Task task)
        {
            _task = task;
        }

        public TaskAwaiter GetAwaiter()
        {
            Task task = _task;
            if (task == null) throw new InvalidOperationException("It was awaited before.");
            _task = null;
            return task.GetAwaiter();
        }
    }

    /// <summary>A stub as above, with a result.</summary>
    [AsyncMethodBuilder(typeof(AwaitableBuilder<>))]
    public sealed class Awaitable<T>
    {
        private Task<T> _task;

        internal Awaitable(Task<T> task)
        {
            _task = task;
        }

        public TaskAwaiter<T> GetAwaiter()
        {
            Task<T> task = _task;
            if (task == null) throw new InvalidOperationException("It was awaited before.");
            _task = null;
            return task.GetAwaiter();
        }
    }

    public struct AwaitableBuilder
    {
        private AsyncTaskMethodBuilder _builder;

        public Awaitable Task
        {
            get { return new Awaitable(_builder.Task); }
        }

        public static AwaitableBuilder Create()
        {
            return new AwaitableBuilder { _builder = AsyncTaskMethodBuilder.Create() };
        }

        public void Start<M>(ref M machine) where M : IAsyncStateMachine
        {
            _builder.Start(ref machine);
        }

        public void SetStateMachine(IAsyncStateMachine machine)
        {
            _builder.SetStateMachine(machine);
        }

        public void SetResult()
        {
            _builder.SetResult();
        }

        public void SetException(Exception error)
        {
            _builder.SetException(error);
        }

        public void AwaitOnCompleted<A, M>(ref A awaiter, ref M machine) where A : INotifyCompletion where M : IAsyncStateMachine
        {
            _builder.AwaitOnCompleted(ref awaiter, ref machine);
        }

        public void AwaitUnsafeOnCompleted<A, M>(ref A awaiter, ref M machine)
            where A : ICriticalNotifyCompletion where M : IAsyncStateMachine
        {
            _builder.AwaitUnsafeOnCompleted(ref awaiter, ref machine);
        }
    }

    public struct AwaitableBuilder<T>
    {
        private AsyncTaskMethodBuilder<T> _builder;

        public Awaitable<T> Task
        {
            get { return new Awaitable<T>(_builder.Task); }
        }

        public static AwaitableBuilder<T> Create()
        {
            return new AwaitableBuilder<T> { _builder = AsyncTaskMethodBuilder<T>.Create() };
        }

        public void Start<M>(ref M machine) where M : IAsyncStateMachine
        {
            _builder.Start(ref machine);
        }

        public void SetStateMachine(IAsyncStateMachine machine)
        {
            _builder.SetStateMachine(machine);
        }

        public void SetResult(T result)
        {
            _builder.SetResult(result);
        }

        public void SetException(Exception error)
        {
            _builder.SetException(error);
        }

        public void AwaitOnCompleted<A, M>(ref A awaiter, ref M machine) where A : INotifyCompletion where M : IAsyncStateMachine
        {
            _builder.AwaitOnCompleted(ref awaiter, ref machine);
        }

        public void AwaitUnsafeOnCompleted<A, M>(ref A awaiter, ref M machine)
            where A : ICriticalNotifyCompletion where M : IAsyncStateMachine
        {
            _builder.AwaitUnsafeOnCompleted(ref awaiter, ref machine);
        }
    }
}
