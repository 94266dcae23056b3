using System;
using System.Threading;
using System.Threading.Tasks;
using AdventureBotLobby;

internal static class LoopClockChecks
{
    public static void A_delay_ends_in_the_first_tick_after_its_time()
    {
        var fixture = new ConnectionFixture();
        Task delay = new LoopClock(fixture).DelayAsync(TimeSpan.FromMilliseconds(30), CancellationToken.None);
        fixture.Tick();
        Expect.Equal(false, delay.IsCompleted);
        for (long end = MonotonicClock.NowMs + 31; MonotonicClock.NowMs < end;) fixture.Tick();
        fixture.Tick();

        Expect.Equal(TaskStatus.RanToCompletion, delay.Status);
    }

    public static void A_cancelled_delay_ends_in_the_next_tick()
    {
        var fixture = new ConnectionFixture();
        var source = new CancellationTokenSource();
        Task delay = new LoopClock(fixture).DelayAsync(TimeSpan.FromHours(1), source.Token);
        source.Cancel();
        fixture.Tick();

        Expect.Equal(TaskStatus.Canceled, delay.Status);
    }
}
