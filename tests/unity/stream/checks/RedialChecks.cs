using AdventureBot2.Lobby;

internal static class RedialChecks
{
    public static void The_first_connection_is_due_at_once()
    {
        Expect.Equal(true, NewRedial(1).IsDue(0));
    }

    public static void Pauses_grow_from_a_tenth_of_a_second_to_five_seconds()
    {
        Redial redial = NewRedial(1);
        foreach (int bound in new[] { 100, 200, 400, 800, 1600, 3200, 5000, 5000 })
        {
            redial.Failed(0);
            Expect.Equal(false, redial.IsDue(bound - 1));
            Expect.Equal(true, redial.IsDue(bound));
        }
    }

    public static void A_pause_may_be_as_short_as_nothing()
    {
        Redial redial = NewRedial(0);
        for (int failures = 0; failures < 5; failures++) redial.Failed(1000);

        Expect.Equal(true, redial.IsDue(1000));
    }

    public static void After_a_good_connection_pauses_are_short_again()
    {
        Redial redial = NewRedial(1);
        for (int failures = 0; failures < 5; failures++) redial.Failed(0);
        redial.Thrives();
        redial.Failed(0);

        Expect.Equal(true, redial.IsDue(100));
    }

    public static void A_server_that_drains_is_left_alone_for_as_long_as_it_asks()
    {
        Redial redial = NewRedial(0);
        redial.ReturnAfter(2000, 10000);
        redial.Failed(10100);

        Expect.Equal(false, redial.IsDue(11999));
        Expect.Equal(true, redial.IsDue(12000));
    }

    public static void Of_several_streams_the_latest_return_counts()
    {
        Redial redial = NewRedial(0);
        redial.ReturnAfter(2000, 10000);
        redial.ReturnAfter(500, 10000);

        Expect.Equal(false, redial.IsReturnDue(11999));
        Expect.Equal(true, redial.IsReturnDue(12000));
    }

    public static void No_server_keeps_clients_away_for_more_than_a_minute()
    {
        Redial redial = NewRedial(0);
        redial.ReturnAfter(int.MaxValue, 0);

        Expect.Equal(true, redial.IsDue(60000));
    }

    public static void After_a_pause_of_the_application_it_is_due_at_once()
    {
        Redial redial = NewRedial(1);
        for (int failures = 0; failures < 5; failures++) redial.Failed(0);
        redial.AtOnce();

        Expect.Equal(true, redial.IsDue(0));
    }

    private static Redial NewRedial(double chance)
    {
        return new Redial(new Backoff(Redial.First, Redial.Longest, new FixedChance(chance)));
    }

    private sealed class FixedChance : ILobbyChance
    {
        private readonly double _chance;

        public FixedChance(double chance)
        {
            _chance = chance;
        }

        public double NextDouble()
        {
            return _chance;
        }

        public string NewKey()
        {
            return "key";
        }
    }
}
