using AdventureBotLobby;

internal static class WatchdogChecks
{
    private const long Opened = 1000;

    public static void A_connection_without_frames_for_25_s_is_lost()
    {
        var watchdog = new Watchdog(Opened);

        Expect.Equal(false, watchdog.IsLost(5000, 0, true, 30000));
        Expect.Equal(true, watchdog.IsLost(5000, 0, true, 30001));
    }

    public static void A_server_without_connection_ack_after_10_s_is_lost()
    {
        var watchdog = new Watchdog(Opened);

        Expect.Equal(false, watchdog.IsLost(10900, 0, false, 11000));
        Expect.Equal(true, watchdog.IsLost(10900, 0, false, 11001));
    }

    public static void A_ping_is_sent_once_after_12_s_without_frames()
    {
        var watchdog = new Watchdog(Opened);

        Expect.Equal(false, watchdog.ShouldPing(5000, 16999));
        Expect.Equal(true, watchdog.ShouldPing(5000, 17000));
        Expect.Equal(false, watchdog.ShouldPing(5000, 28999));
        Expect.Equal(true, watchdog.ShouldPing(20000, 32000));
    }

    public static void After_a_pause_a_pong_must_arrive_within_3_s()
    {
        var watchdog = new Watchdog(Opened);
        watchdog.Probe(2, 20000);

        Expect.Equal(false, watchdog.IsLost(19000, 1, true, 23000));
        Expect.Equal(true, watchdog.IsLost(19000, 1, true, 23001));
    }

    public static void Frames_from_before_the_pause_prove_nothing()
    {
        var watchdog = new Watchdog(Opened);
        watchdog.Probe(1, 20000);

        Expect.Equal(true, watchdog.IsLost(20100, 0, true, 23001));
    }

    public static void A_pong_proves_the_connection()
    {
        var watchdog = new Watchdog(Opened);
        watchdog.Probe(1, 20000);

        Expect.Equal(false, watchdog.IsLost(20100, 1, true, 23001));
        Expect.Equal(false, watchdog.IsLost(20100, 1, true, 45100));
        Expect.Equal(true, watchdog.IsLost(20100, 1, true, 45101));
    }

    public static void A_long_silence_is_no_loss_before_the_limit_of_the_ping()
    {
        var watchdog = new Watchdog(Opened);
        watchdog.Probe(1, 900000);

        Expect.Equal(false, watchdog.IsLost(5000, 0, true, 901000));
    }
}
