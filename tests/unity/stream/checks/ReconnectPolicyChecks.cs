using AdventureBotLobby;

internal static class ReconnectPolicyChecks
{
    public static void The_first_connection_is_due_at_once()
    {
        Expect.Equal(true, NewPolicy(1).IsDue(0));
    }

    public static void Pauses_grow_from_a_tenth_of_a_second_to_five_seconds()
    {
        ReconnectPolicy policy = NewPolicy(1);
        foreach (int bound in new[] { 100, 200, 400, 800, 1600, 3200, 5000, 5000 })
        {
            policy.Failed(0);
            Expect.Equal(false, policy.IsDue(bound - 1));
            Expect.Equal(true, policy.IsDue(bound));
        }
    }

    public static void A_pause_may_be_zero()
    {
        ReconnectPolicy policy = NewPolicy(0);
        for (int failures = 0; failures < 5; failures++) policy.Failed(1000);

        Expect.Equal(true, policy.IsDue(1000));
    }

    public static void After_a_healthy_connection_pauses_are_short_again()
    {
        ReconnectPolicy policy = NewPolicy(1);
        for (int failures = 0; failures < 5; failures++) policy.Failed(0);
        policy.MarkHealthy();
        policy.Failed(0);

        Expect.Equal(true, policy.IsDue(100));
    }

    public static void The_client_waits_as_long_as_a_draining_server_asks()
    {
        ReconnectPolicy policy = NewPolicy(0);
        policy.ReturnAfter(2000, 10000);
        policy.Failed(10100);

        Expect.Equal(false, policy.IsDue(11999));
        Expect.Equal(true, policy.IsDue(12000));
    }

    public static void Of_several_announcements_the_latest_time_counts()
    {
        ReconnectPolicy policy = NewPolicy(0);
        policy.ReturnAfter(2000, 10000);
        policy.ReturnAfter(500, 10000);

        Expect.Equal(false, policy.IsReturnDue(11999));
        Expect.Equal(true, policy.IsReturnDue(12000));
    }

    public static void A_server_can_ask_for_a_minute_at_most()
    {
        ReconnectPolicy policy = NewPolicy(0);
        policy.ReturnAfter(int.MaxValue, 0);

        Expect.Equal(true, policy.IsDue(60000));
    }

    public static void After_a_pause_of_the_application_a_connection_is_due_at_once()
    {
        ReconnectPolicy policy = NewPolicy(1);
        for (int failures = 0; failures < 5; failures++) policy.Failed(0);
        policy.RetryNow();

        Expect.Equal(true, policy.IsDue(0));
    }

    private static ReconnectPolicy NewPolicy(double random)
    {
        return new ReconnectPolicy(new LobbyBackoff(ReconnectPolicy.First, ReconnectPolicy.Longest, new FixedRandom(random)));
    }

    private sealed class FixedRandom : ILobbyRandom
    {
        private readonly double _random;

        public FixedRandom(double random)
        {
            _random = random;
        }

        public double NextDouble()
        {
            return _random;
        }

        public string NewKey()
        {
            return "key";
        }
    }
}
