using System;
using AdventureBotLobby;

internal static class ServerClockChecks
{
    private static readonly DateTime _noon = new DateTime(2026, 11, 25, 12, 0, 0, DateTimeKind.Utc);

    public static void It_continues_from_the_time_in_a_frame()
    {
        var clock = new ServerClock();
        clock.Record(_noon, 5000);

        Expect.Equal(_noon.AddSeconds(2), clock.At(7000));
        Expect.Equal(DateTimeKind.Utc, clock.At(7000).Kind);
    }

    public static void A_delayed_frame_does_not_set_it_back()
    {
        var clock = new ServerClock();
        clock.Record(_noon, 5000);
        clock.Record(_noon.AddSeconds(1), 9000);

        Expect.Equal(_noon.AddSeconds(5), clock.At(10000));
    }

    public static void A_faster_frame_corrects_it()
    {
        var clock = new ServerClock();
        clock.Record(_noon, 5000);
        clock.Record(_noon.AddSeconds(2), 6800);

        Expect.Equal(_noon.AddSeconds(2), clock.At(6800));
    }

    public static void A_replayed_frame_changes_nothing()
    {
        var clock = new ServerClock();
        clock.Record(_noon, 5000);
        clock.Record(_noon.AddHours(-3), 5100);

        Expect.Equal(_noon.AddSeconds(1), clock.At(6000));
    }

    public static void A_clock_that_was_set_back_is_followed_after_a_while()
    {
        var clock = new ServerClock();
        clock.Record(_noon, 0);
        long at = 0;
        while (at < 3 * ServerClock.KeptMs) clock.Record(_noon.AddMilliseconds(-500 + (at += 10000)), at);

        Expect.Equal(_noon.AddMilliseconds(-500 + at), clock.At(at));
    }

    public static void Before_the_first_frame_it_is_the_device_clock()
    {
        var clock = new ServerClock();

        Expect.Equal(false, clock.IsKnown);
        Expect.True((clock.At(0) - DateTime.UtcNow).Duration() < TimeSpan.FromSeconds(5), "not the device's clock");
    }

    public static void After_a_sleep_it_follows_the_device_clock_until_the_next_frame()
    {
        var clock = new ServerClock();
        clock.Record(_noon, 5000);
        clock.Slept(60000);
        Expect.Equal(_noon.AddSeconds(61), clock.At(6000));
        clock.Record(_noon.AddSeconds(50), 6000);

        Expect.Equal(_noon.AddSeconds(50), clock.At(6000));
    }
}
