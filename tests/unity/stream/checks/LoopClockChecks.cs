using System;
using System.Threading;
using System.Threading.Tasks;
using AdventureBot2.Lobby;

internal static class LoopClockChecks
{
    public static void A_delay_ends_in_the_first_turn_after_its_time()
    {
        var stand = new Stand();
        Task delay = new LoopClock(stand).DelayAsync(TimeSpan.FromMilliseconds(30), CancellationToken.None);
        stand.Turn();
        Expect.Equal(false, delay.IsCompleted);
        for (long end = Monotonic.NowMs + 31; Monotonic.NowMs < end;) stand.Turn();
        stand.Turn();

        Expect.Equal(TaskStatus.RanToCompletion, delay.Status);
    }

    public static void A_delay_that_is_cancelled_ends_in_the_next_turn()
    {
        var stand = new Stand();
        var source = new CancellationTokenSource();
        Task delay = new LoopClock(stand).DelayAsync(TimeSpan.FromHours(1), source.Token);
        source.Cancel();
        stand.Turn();

        Expect.Equal(TaskStatus.Canceled, delay.Status);
    }
}
