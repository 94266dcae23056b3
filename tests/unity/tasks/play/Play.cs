using System;
using System.Threading;
using System.Threading.Tasks;
using AdventureBotLobby;
using Cysharp.Threading.Tasks;
using UnityEngine;

/// <summary>A game passes calls on as Awaitable and as UniTask. Prints lines of NAME=VALUE.</summary>
internal static class Play
{
    private static readonly Frames _frames = new Frames();
    private static int _mainThreadId;

    private static void Main(string[] arguments)
    {
        SynchronizationContext.SetSynchronizationContext(_frames);
        _mainThreadId = Thread.CurrentThread.ManagedThreadId;
        var lobby = new LobbyClient(new LobbyOptions(arguments[0]) { Profile = "Ada" });
        Print("stranger", Failure(() => Wait(lobby.MeAsync().AsAwaitable())) + "/" + Failure(() => Wait(lobby.MeAsync().ToUniTask())));
        _frames.Run(lobby.SignInAsGuestAsync("Ada"));
        Print("awaitable", _frames.Run(Wait(lobby.MeAsync().AsAwaitable())).DisplayName);
        Print("unitask", _frames.Run(Wait(lobby.MeAsync().ToUniTask())).DisplayName);
        Print("without-result", _frames.Run(Wait(((Task)lobby.MeAsync()).AsAwaitable(), ((Task)lobby.MeAsync()).ToUniTask())));
        Print("cancelled", Failure(() => Wait(lobby.MeAsync(Cancelled()).AsAwaitable())));
        Print("wait-cancelled", Failure(() => Wait(new TaskCompletionSource<LobbyPlayer>().Task.ToUniTask(Cancelled()))));
        Leave.With(0);
    }

    private static async Task<LobbyPlayer> Wait(Awaitable<LobbyPlayer> call)
    {
        return OnMainThread(await call);
    }

    private static async Task<LobbyPlayer> Wait(UniTask<LobbyPlayer> call)
    {
        return OnMainThread(await call);
    }

    private static async Task<string> Wait(Awaitable one, UniTask other)
    {
        await one;
        await other;
        return OnMainThread("both");
    }

    private static T OnMainThread<T>(T value)
    {
        if (Thread.CurrentThread.ManagedThreadId == _mainThreadId) return value;
        throw new InvalidOperationException("It went on in another thread.");
    }

    private static CancellationToken Cancelled()
    {
        var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        return cancellation.Token;
    }

    private static string Failure(Func<Task<LobbyPlayer>> call)
    {
        try
        {
            return _frames.Run(call()).DisplayName;
        }
        catch (LobbyException error)
        {
            return error.Code;
        }
        catch (OperationCanceledException)
        {
            return "cancelled";
        }
    }

    private static void Print(string name, object value)
    {
        Console.WriteLine(name + "=" + value);
    }
}
