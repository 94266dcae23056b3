using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;

namespace Cysharp.Threading.Tasks
{
    // A stub of the package UniTask on .NET's Task: the members that the bridge and its test use.

    public struct UniTask
    {
        internal Task Task;

        public TaskAwaiter GetAwaiter()
        {
            return Task.GetAwaiter();
        }
    }

    public struct UniTask<T>
    {
        internal Task<T> Task;

        public TaskAwaiter<T> GetAwaiter()
        {
            return Task.GetAwaiter();
        }
    }

    public static class UniTaskExtensions
    {
        public static UniTask<T> AsUniTask<T>(this Task<T> task, bool useCurrentSynchronizationContext = true)
        {
            return new UniTask<T> { Task = task };
        }

        public static UniTask AsUniTask(this Task task, bool useCurrentSynchronizationContext = true)
        {
            return new UniTask { Task = task };
        }

        public static UniTask<T> AttachExternalCancellation<T>(this UniTask<T> task, CancellationToken cancellationToken)
        {
            return new UniTask<T> { Task = EndAsync(task.Task, cancellationToken) };
        }

        public static UniTask AttachExternalCancellation(this UniTask task, CancellationToken cancellationToken)
        {
            return new UniTask { Task = EndAsync(task.Task.ContinueWith(_ => true), cancellationToken) };
        }

        private static async Task<T> EndAsync<T>(Task<T> task, CancellationToken cancellation)
        {
            var cancelled = new TaskCompletionSource<T>();
            using (cancellation.Register(() => cancelled.TrySetCanceled()))
            {
                return await await Task.WhenAny(task, cancelled.Task);
            }
        }
    }
}
