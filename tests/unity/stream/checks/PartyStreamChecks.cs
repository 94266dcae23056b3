using System;
using System.Collections.Generic;
using AdventureBot2.Lobby;

internal static class PartyStreamChecks
{
    public static void Each_kind_of_frame_has_its_event_and_each_change_is_told()
    {
        var stand = new Stand();
        PartyStream stream = Watched(stand);
        var told = new List<string>();
        stream.PartySnapshot += happened => told.Add("snapshot " + happened.Seq);
        stream.MemberJoined += happened => told.Add("joined " + happened.Seq);
        stream.Heartbeat += happened => told.Add("heartbeat " + happened.Seq);
        stream.Happened += happened => told.Add("happened " + happened.Seq);
        stream.Changed += party => told.Add("changed " + party.Version);
        stand.Socket.Show("PartySnapshot", 3);
        stand.Socket.Show("MemberJoined", 4);
        stand.Socket.Show("Heartbeat", 4);
        stand.Socket.Show("NewKind", 5);
        stand.Turn();

        Expect.Equal(
            "happened 3, snapshot 3, changed 3, happened 4, joined 4, changed 4, heartbeat 4, happened 5, changed 5",
            string.Join(", ", told));
    }

    public static void What_was_applied_is_not_told_again()
    {
        var stand = new Stand();
        PartyStream stream = Watched(stand);
        var seqs = new List<int>();
        stream.Happened += happened => seqs.Add(happened.Seq);
        stand.Socket.Show("PartySnapshot", 3);
        stand.Socket.Show("MemberJoined", 4);
        stand.Socket.Show("MemberJoined", 4);
        stand.Socket.Show("MemberLeft", 2);
        stand.Socket.Show("MemberLeft", 5);
        stand.Turn();

        Expect.Equal("3 4 5", string.Join(" ", seqs));
    }

    public static void A_gap_is_closed_by_asking_again_from_the_last_cursor()
    {
        var stand = new Stand();
        PartyStream stream = Watched(stand);
        stand.Socket.Show("PartySnapshot", 3);
        stand.Socket.Show("MemberJoined", 5);
        stand.Socket.Show("MemberJoined", 6);
        stand.Turn(2);

        Expect.Equal(3, stream.AppliedSeq);
        Expect.Equal(1, stand.Sockets.Count);
        Expect.True(stand.Socket.Sent.Contains("{\"type\":\"complete\",\"id\":\"1\"}"), "the first was not completed");
        Expect.True(stand.Socket.LastSent.Contains("\"after\":\"c3\""), stand.Socket.LastSent);
        stand.Socket.Show("MemberJoined", 4, id: "2");
        stand.Turn();
        Expect.Equal(4, stream.AppliedSeq);
    }

    public static void A_heartbeat_that_is_ahead_is_no_other_than_a_gap()
    {
        var stand = new Stand();
        Watched(stand);
        stand.Socket.Show("PartySnapshot", 3);
        stand.Socket.Show("Heartbeat", 4);
        stand.Turn(2);

        Expect.True(stand.Socket.LastSent.Contains("\"after\":\"c3\""), stand.Socket.LastSent);
    }

    public static void From_an_answer_of_the_server_the_stream_goes_on_where_that_was()
    {
        var stand = new Stand();
        var party = Party.Read(new JsonReader("{\"id\":\"p\",\"version\":7,\"cursor\":\"c7\"}"));
        PartyStream stream = stand.Connection.WatchParty(party);
        stand.Connect();
        stand.Socket.Show("MemberJoined", 7);
        stand.Socket.Show("MemberJoined", 8);
        stand.Turn();

        Expect.True(stand.Socket.LastSent.Contains("\"after\":\"c7\""), stand.Socket.LastSent);
        Expect.Equal(8, stream.AppliedSeq);
    }

    public static void Removed_ends_the_stream_for_good()
    {
        var stand = new Stand();
        PartyStream stream = Watched(stand);
        LeaveReason? reason = null;
        stream.Removed += happened => reason = happened.LeaveReason;
        stand.Socket.Show("PartySnapshot", 3);
        stand.Socket.Show("Removed", 4, ",\"leaveReason\":\"KICKED\"");
        stand.Socket.Say("{\"type\":\"complete\",\"id\":\"1\"}");
        stand.Turn(3);

        Expect.Equal(LeaveReason.Kicked, reason);
        Expect.Equal(StreamEndReason.Removed, stream.End.Reason);
        Expect.Equal(2, stand.Socket.Sent.Count);
    }

    public static void A_party_that_is_not_to_be_seen_ends_the_stream()
    {
        var stand = new Stand();
        PartyStream stream = Watched(stand);
        stand.Socket.Refuse("NOT_FOUND");
        stand.Turn(3);

        Expect.Equal(StreamEndReason.NotFound, stream.End.Reason);
        Expect.Equal(StreamState.Ended, stream.State);
    }

    public static void Other_errors_and_an_end_without_a_word_are_tried_again()
    {
        var stand = new Stand();
        PartyStream stream = Watched(stand);
        stand.Socket.Refuse("INTERNAL");
        stand.Turn(2);
        stand.Socket.Say("{\"id\":\"2\",\"type\":\"error\",\"payload\":[{\"message\":\"too many\"}]}");
        stand.Turn(2);
        stand.Socket.Say("{\"id\":\"3\",\"type\":\"complete\"}");
        stand.Turn(2);

        Expect.Equal(null, stream.End);
        Expect.True(stand.Socket.LastSent.Contains("\"id\":\"4\""), stand.Socket.LastSent);
    }

    public static void A_server_that_drains_is_left_alone()
    {
        var stand = new Stand();
        Watched(stand);
        stand.Socket.Show("PartySnapshot", 3);
        stand.Socket.Show("Heartbeat", 9, ",\"reconnectAfterMs\":60000");
        stand.Turn();
        stand.Socket.Close(1012);
        stand.Turn(20);

        Expect.Equal(1, stand.Sockets.Count);
    }

    public static void A_handler_that_throws_takes_nothing_from_the_others()
    {
        var stand = new Stand();
        PartyStream stream = Watched(stand);
        int told = 0;
        stream.Changed += party => { throw new InvalidOperationException("the game's own"); };
        stream.Changed += party => told++;
        stand.Socket.Show("PartySnapshot", 3);
        stand.Socket.Show("MemberJoined", 4);
        stand.Turn();

        Expect.Equal(2, told);
        Expect.Equal(2, stand.Failures.Count);
    }

    public static void A_handler_may_end_its_own_stream()
    {
        var stand = new Stand();
        PartyStream stream = Watched(stand);
        var told = new List<int>();
        stream.Happened += happened => stream.Dispose();
        stream.Changed += party => told.Add(party.Version);
        stand.Socket.Show("PartySnapshot", 3);
        stand.Socket.Show("MemberJoined", 4);
        stand.Turn(2);

        Expect.Equal("", string.Join(" ", told));
    }

    public static void A_handler_may_end_the_connection_and_begin_another_stream()
    {
        var stand = new Stand();
        PartyStream stream = Watched(stand);
        PartyStream next = null;
        stream.PartySnapshot += happened => next = stand.Connection.WatchParty("other");
        stream.MemberJoined += happened => stand.Connection.Dispose();
        stand.Socket.Show("PartySnapshot", 3);
        stand.Turn();
        Expect.Equal(StreamState.Live, next.State);
        stand.Socket.Show("MemberJoined", 4);
        stand.Socket.Show("MemberJoined", 5);
        stand.Turn(2);

        Expect.Equal(4, stream.AppliedSeq);
        Expect.Equal(StreamState.Ended, next.State);
    }

    public static void A_stream_tells_how_it_stands()
    {
        var stand = new Stand();
        PartyStream stream = stand.Connection.WatchParty("p");
        var states = new List<StreamState>();
        stream.StateChanged += states.Add;
        stand.Connect();
        stand.Socket.Close(1006);
        stand.Connect();
        stand.Socket.Refuse("NOT_FOUND", "1");
        stand.Turn();

        Expect.Equal("Live Reconnecting Live Ended", string.Join(" ", states));
    }

    private static PartyStream Watched(Stand stand)
    {
        PartyStream stream = stand.Connection.WatchParty("p");
        stand.Connect();
        return stream;
    }
}
