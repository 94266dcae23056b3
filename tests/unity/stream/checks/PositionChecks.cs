using AdventureBotLobby;

internal static class PositionChecks
{
    public static void The_next_entry_is_applied()
    {
        Expect.Equal(FrameAction.Apply, At(3).ActionFor(PartyEventKind.MemberJoined, 4, false));
    }

    public static void An_applied_entry_is_skipped()
    {
        Expect.Equal(FrameAction.Skip, At(3).ActionFor(PartyEventKind.MemberJoined, 3, false));
        Expect.Equal(FrameAction.Skip, At(3).ActionFor(PartyEventKind.MemberJoined, 1, false));
    }

    public static void An_entry_after_a_gap_makes_the_stream_resume()
    {
        Expect.Equal(FrameAction.Resume, At(3).ActionFor(PartyEventKind.MemberJoined, 5, false));
    }

    public static void A_snapshot_with_any_number_is_applied()
    {
        Expect.Equal(FrameAction.Apply, At(9).ActionFor(PartyEventKind.PartySnapshot, 2, false));
        Expect.Equal(FrameAction.Apply, At(9).ActionFor(PartyEventKind.PartySnapshot, 90, false));
    }

    public static void An_unknown_kind_is_an_entry()
    {
        Expect.Equal(FrameAction.Apply, At(3).ActionFor(PartyEventKind.Unknown, 4, false));
    }

    public static void With_only_a_cursor_the_first_entry_sets_the_position()
    {
        var position = new Position("cursor", null);

        Expect.Equal(FrameAction.Apply, position.ActionFor(PartyEventKind.MemberJoined, 7, false));
        position.Applied(7, "cursor of 7");
        Expect.Equal(FrameAction.Skip, position.ActionFor(PartyEventKind.MemberJoined, 7, false));
    }

    public static void A_number_without_a_cursor_is_ignored()
    {
        Expect.Equal(null, new Position(null, 7).Seq);
    }

    public static void A_heartbeat_ahead_of_the_last_entry_makes_the_stream_resume()
    {
        Expect.Equal(FrameAction.Control, At(3).ActionFor(PartyEventKind.Heartbeat, 3, false));
        Expect.Equal(FrameAction.Resume, At(3).ActionFor(PartyEventKind.Heartbeat, 4, false));
    }

    public static void A_heartbeat_that_announces_a_shutdown_may_overtake_entries()
    {
        Expect.Equal(FrameAction.Control, At(3).ActionFor(PartyEventKind.Heartbeat, 4, true));
    }

    public static void Removed_with_any_number_is_a_control_frame()
    {
        Expect.Equal(FrameAction.Control, At(3).ActionFor(PartyEventKind.Removed, 9, false));
    }

    public static void An_announcement_is_no_entry()
    {
        Expect.Equal(FrameAction.Control, At(3).ActionFor(PartyEventKind.Announcement, 3, false));
        Expect.Equal(FrameAction.Control, At(3).ActionFor(PartyEventKind.Announcement, 4, false));
    }

    private static Position At(int seq)
    {
        return new Position("cursor", seq);
    }
}
