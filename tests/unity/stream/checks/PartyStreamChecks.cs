using System;
using System.Collections.Generic;
using AdventureBotLobby;

internal static class PartyStreamChecks
{
    public static void Each_kind_of_frame_raises_its_event_and_Changed()
    {
        var fixture = new ConnectionFixture();
        PartyStream stream = Watched(fixture);
        var told = new List<string>();
        stream.PartySnapshot += happened => told.Add("snapshot " + happened.Seq);
        stream.MemberJoined += happened => told.Add("joined " + happened.Seq);
        stream.Heartbeat += happened => told.Add("heartbeat " + happened.Seq);
        stream.Happened += happened => told.Add("happened " + happened.Seq);
        stream.Changed += party => told.Add("changed " + party.Version);
        fixture.Socket.Show("PartySnapshot", 3);
        fixture.Socket.Show("MemberJoined", 4);
        fixture.Socket.Show("Heartbeat", 4);
        fixture.Socket.Show("NewKind", 5);
        fixture.Tick();

        Expect.Equal(
            "happened 3, snapshot 3, changed 3, happened 4, joined 4, changed 4, heartbeat 4, happened 5, changed 5",
            string.Join(", ", told));
    }

    public static void An_applied_entry_raises_no_event_again()
    {
        var fixture = new ConnectionFixture();
        PartyStream stream = Watched(fixture);
        var seqs = new List<int>();
        stream.Happened += happened => seqs.Add(happened.Seq);
        fixture.Socket.Show("PartySnapshot", 3);
        fixture.Socket.Show("MemberJoined", 4);
        fixture.Socket.Show("MemberJoined", 4);
        fixture.Socket.Show("MemberLeft", 2);
        fixture.Socket.Show("MemberLeft", 5);
        fixture.Tick();

        Expect.Equal("3 4 5", string.Join(" ", seqs));
    }

    public static void A_gap_is_closed_by_resuming_from_the_last_cursor()
    {
        var fixture = new ConnectionFixture();
        PartyStream stream = Watched(fixture);
        fixture.Socket.Show("PartySnapshot", 3);
        fixture.Socket.Show("MemberJoined", 5);
        fixture.Socket.Show("MemberJoined", 6);
        fixture.Tick(2);

        Expect.Equal(3, stream.AppliedSeq);
        Expect.Equal(1, fixture.Sockets.Count);
        Expect.True(fixture.Socket.Sent.Contains("{\"type\":\"complete\",\"id\":\"1\"}"), "the first was not completed");
        Expect.True(fixture.Socket.LastSent.Contains("\"after\":\"c3\""), fixture.Socket.LastSent);
        fixture.Socket.Show("MemberJoined", 4, id: "2");
        fixture.Tick();
        Expect.Equal(4, stream.AppliedSeq);
    }

    public static void A_heartbeat_ahead_of_the_last_entry_is_a_gap()
    {
        var fixture = new ConnectionFixture();
        Watched(fixture);
        fixture.Socket.Show("PartySnapshot", 3);
        fixture.Socket.Show("Heartbeat", 4);
        fixture.Tick(2);

        Expect.True(fixture.Socket.LastSent.Contains("\"after\":\"c3\""), fixture.Socket.LastSent);
    }

    public static void A_stream_continues_from_the_cursor_of_a_response()
    {
        var fixture = new ConnectionFixture();
        var party = LobbyParty.Read(new LobbyJsonReader("{\"id\":\"p\",\"version\":7,\"cursor\":\"c7\"}"));
        PartyStream stream = fixture.Connection.WatchParty(party);
        fixture.Connect();
        fixture.Socket.Show("MemberJoined", 7);
        fixture.Socket.Show("MemberJoined", 8);
        fixture.Tick();

        Expect.True(fixture.Socket.LastSent.Contains("\"after\":\"c7\""), fixture.Socket.LastSent);
        Expect.Equal(8, stream.AppliedSeq);
    }

    public static void Removed_ends_the_stream_for_good()
    {
        var fixture = new ConnectionFixture();
        PartyStream stream = Watched(fixture);
        LeaveReason? reason = null;
        stream.Removed += happened => reason = happened.LeaveReason;
        fixture.Socket.Show("PartySnapshot", 3);
        fixture.Socket.Show("Removed", 4, ",\"leaveReason\":\"KICKED\"");
        fixture.Socket.Say("{\"type\":\"complete\",\"id\":\"1\"}");
        fixture.Tick(3);

        Expect.Equal(LeaveReason.Kicked, reason);
        Expect.Equal(StreamEndReason.Removed, stream.End.Reason);
        Expect.Equal(2, fixture.Socket.Sent.Count);
    }

    public static void A_party_that_the_player_may_not_see_ends_the_stream()
    {
        var fixture = new ConnectionFixture();
        PartyStream stream = Watched(fixture);
        fixture.Socket.Refuse("NOT_FOUND");
        fixture.Tick(3);

        Expect.Equal(StreamEndReason.NotFound, stream.End.Reason);
        Expect.Equal(StreamState.Ended, stream.State);
    }

    public static void Other_errors_and_an_unexplained_end_are_retried()
    {
        var fixture = new ConnectionFixture();
        PartyStream stream = Watched(fixture);
        fixture.Socket.Refuse("INTERNAL");
        fixture.Tick(2);
        fixture.Socket.Say("{\"id\":\"2\",\"type\":\"error\",\"payload\":[{\"message\":\"too many\"}]}");
        fixture.Tick(2);
        fixture.Socket.Say("{\"id\":\"3\",\"type\":\"complete\"}");
        fixture.Tick(2);

        Expect.Equal(null, stream.End);
        Expect.True(fixture.Socket.LastSent.Contains("\"id\":\"4\""), fixture.Socket.LastSent);
    }

    public static void A_draining_server_is_not_reconnected_early()
    {
        var fixture = new ConnectionFixture();
        Watched(fixture);
        fixture.Socket.Show("PartySnapshot", 3);
        fixture.Socket.Show("Heartbeat", 9, ",\"reconnectAfterMs\":60000");
        fixture.Tick();
        fixture.Socket.Close(1012);
        fixture.Tick(20);

        Expect.Equal(1, fixture.Sockets.Count);
    }

    public static void A_handler_that_throws_does_not_affect_the_others()
    {
        var fixture = new ConnectionFixture();
        PartyStream stream = Watched(fixture);
        int told = 0;
        stream.Changed += party => { throw new InvalidOperationException("the game's own"); };
        stream.Changed += party => told++;
        fixture.Socket.Show("PartySnapshot", 3);
        fixture.Socket.Show("MemberJoined", 4);
        fixture.Tick();

        Expect.Equal(2, told);
        Expect.Equal(2, fixture.Failures.Count);
    }

    public static void A_handler_may_end_its_own_stream()
    {
        var fixture = new ConnectionFixture();
        PartyStream stream = Watched(fixture);
        var told = new List<int>();
        stream.Happened += happened => stream.Dispose();
        stream.Changed += party => told.Add(party.Version);
        fixture.Socket.Show("PartySnapshot", 3);
        fixture.Socket.Show("MemberJoined", 4);
        fixture.Tick(2);

        Expect.Equal("", string.Join(" ", told));
    }

    public static void A_handler_may_end_the_connection_and_begin_another_stream()
    {
        var fixture = new ConnectionFixture();
        PartyStream stream = Watched(fixture);
        PartyStream next = null;
        stream.PartySnapshot += happened => next = fixture.Connection.WatchParty("other");
        stream.MemberJoined += happened => fixture.Connection.Dispose();
        fixture.Socket.Show("PartySnapshot", 3);
        fixture.Tick();
        fixture.Confirm();
        Expect.Equal(StreamState.Live, next.State);
        fixture.Socket.Show("MemberJoined", 4);
        fixture.Socket.Show("MemberJoined", 5);
        fixture.Tick(2);

        Expect.Equal(4, stream.AppliedSeq);
        Expect.Equal(StreamState.Ended, next.State);
    }

    public static void A_stream_reports_its_state()
    {
        var fixture = new ConnectionFixture();
        PartyStream stream = fixture.Connection.WatchParty("p");
        var states = new List<StreamState>();
        stream.StateChanged += states.Add;
        fixture.ConnectLive();
        fixture.Socket.Close(1006);
        fixture.ConnectLive();
        fixture.Socket.Refuse("NOT_FOUND", "1");
        fixture.Tick();

        Expect.Equal("Live Reconnecting Live Ended", string.Join(" ", states));
    }

    private static PartyStream Watched(ConnectionFixture fixture)
    {
        PartyStream stream = fixture.Connection.WatchParty("p");
        fixture.Connect();
        return stream;
    }
}
