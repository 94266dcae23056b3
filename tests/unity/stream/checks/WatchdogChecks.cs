using AdventureBot2.Lobby;

internal static class WatchdogChecks
{
    private const long Opened = 1000;

    public static void Silence_for_longer_than_25_s_means_that_the_connection_is_lost()
    {
        var watchdog = new Watchdog(Opened);

        Expect.Equal(false, watchdog.IsLost(5000, 0, true, 30000));
        Expect.Equal(true, watchdog.IsLost(5000, 0, true, 30001));
    }

    public static void A_server_that_does_not_greet_within_10_s_is_given_up()
    {
        var watchdog = new Watchdog(Opened);

        Expect.Equal(false, watchdog.IsLost(10900, 0, false, 11000));
        Expect.Equal(true, watchdog.IsLost(10900, 0, false, 11001));
    }

    public static void A_ping_is_sent_once_in_each_silence_of_12_s()
    {
        var watchdog = new Watchdog(Opened);

        Expect.Equal(false, watchdog.AsksForFrame(5000, 16999));
        Expect.Equal(true, watchdog.AsksForFrame(5000, 17000));
        Expect.Equal(false, watchdog.AsksForFrame(5000, 28999));
        Expect.Equal(true, watchdog.AsksForFrame(20000, 32000));
    }

    public static void After_a_pause_the_answer_to_a_ping_has_to_come_within_3_s()
    {
        var watchdog = new Watchdog(Opened);
        watchdog.Probe(2, 20000);

        Expect.Equal(false, watchdog.IsLost(19000, 1, true, 23000));
        Expect.Equal(true, watchdog.IsLost(19000, 1, true, 23001));
    }

    public static void Frames_that_lay_in_the_device_since_before_the_pause_prove_nothing()
    {
        var watchdog = new Watchdog(Opened);
        watchdog.Probe(1, 20000);

        Expect.Equal(true, watchdog.IsLost(20100, 0, true, 23001));
    }

    public static void The_answer_to_a_ping_shows_that_the_connection_lives()
    {
        var watchdog = new Watchdog(Opened);
        watchdog.Probe(1, 20000);

        Expect.Equal(false, watchdog.IsLost(20100, 1, true, 23001));
        Expect.Equal(false, watchdog.IsLost(20100, 1, true, 45100));
        Expect.Equal(true, watchdog.IsLost(20100, 1, true, 45101));
    }

    public static void A_long_silence_is_no_loss_before_the_ping_had_its_time()
    {
        var watchdog = new Watchdog(Opened);
        watchdog.Probe(1, 900000);

        Expect.Equal(false, watchdog.IsLost(5000, 0, true, 901000));
    }
}
