using AdventureBot2.Lobby;

internal static class PositionChecks
{
    public static void An_entry_that_comes_next_is_applied()
    {
        Expect.Equal(Verdict.Apply, At(3).Of(PartyEventKind.MemberJoined, 4, false));
    }

    public static void An_entry_that_was_applied_is_skipped()
    {
        Expect.Equal(Verdict.Skip, At(3).Of(PartyEventKind.MemberJoined, 3, false));
        Expect.Equal(Verdict.Skip, At(3).Of(PartyEventKind.MemberJoined, 1, false));
    }

    public static void An_entry_behind_a_gap_means_that_something_is_lost()
    {
        Expect.Equal(Verdict.Lost, At(3).Of(PartyEventKind.MemberJoined, 5, false));
    }

    public static void A_snapshot_is_applied_whatever_its_number()
    {
        Expect.Equal(Verdict.Apply, At(9).Of(PartyEventKind.PartySnapshot, 2, false));
        Expect.Equal(Verdict.Apply, At(9).Of(PartyEventKind.PartySnapshot, 90, false));
    }

    public static void A_kind_that_the_client_does_not_know_is_an_entry()
    {
        Expect.Equal(Verdict.Apply, At(3).Of(PartyEventKind.Unknown, 4, false));
    }

    public static void With_a_cursor_alone_the_first_entry_says_where_the_stream_stands()
    {
        var position = new Position("cursor", null);

        Expect.Equal(Verdict.Apply, position.Of(PartyEventKind.MemberJoined, 7, false));
        position.Applied(7, "cursor of 7");
        Expect.Equal(Verdict.Skip, position.Of(PartyEventKind.MemberJoined, 7, false));
    }

    public static void A_number_without_a_cursor_says_nothing()
    {
        Expect.Equal(null, new Position(null, 7).Seq);
    }

    public static void A_heartbeat_ahead_of_the_last_entry_means_that_the_tail_is_lost()
    {
        Expect.Equal(Verdict.Heed, At(3).Of(PartyEventKind.Heartbeat, 3, false));
        Expect.Equal(Verdict.Lost, At(3).Of(PartyEventKind.Heartbeat, 4, false));
    }

    public static void A_heartbeat_that_announces_the_end_may_overtake_entries()
    {
        Expect.Equal(Verdict.Heed, At(3).Of(PartyEventKind.Heartbeat, 4, true));
    }

    public static void Removed_is_heeded_whatever_its_number()
    {
        Expect.Equal(Verdict.Heed, At(3).Of(PartyEventKind.Removed, 9, false));
    }

    private static Position At(int seq)
    {
        return new Position("cursor", seq);
    }
}
