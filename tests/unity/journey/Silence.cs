using System;
using System.Threading;
using System.Threading.Tasks;
using AdventureBotLobby;

/// <summary>Ada sends a request over a connection that returns nothing and stays open.</summary>
public static class Silence
{
    public static async Task PlayAsync(string silentUrl)
    {
        LobbyClient ada = Guests.Of(silentUrl, "Ada");
        int thread = Thread.CurrentThread.ManagedThreadId;
        // A timer cancels it, so on another thread.
        using (var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(300)))
        {
            Program.Say("cancelled", await IsCancelledAsync(ada.ServerInfoAsync(patience.Token)));
        }
        Program.Say("same-thread", Thread.CurrentThread.ManagedThreadId == thread);

        var quick = new RetryPolicy { TimeoutSeconds = 1 };
        var hasty = new LobbyClient(new LobbyOptions(silentUrl) { Retries = quick });
        Program.Say("answered", (await hasty.ServerInfoAsync()).MaxMembers);
    }

    private static async Task<bool> IsCancelledAsync(Task asking)
    {
        try
        {
            await asking;
            return false;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }
}
