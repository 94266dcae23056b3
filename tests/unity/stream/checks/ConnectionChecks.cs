using System;
using System.Collections.Generic;
using AdventureBotLobby;

internal static class ConnectionChecks
{
    public static void No_socket_opens_before_the_first_stream()
    {
        var fixture = new ConnectionFixture();
        fixture.Tick(3);

        Expect.Equal(0, fixture.Sockets.Count);
    }

    public static void The_token_is_sent_when_the_socket_opens()
    {
        ConnectionFixture fixture = Watching();

        Expect.Equal("ws://lobby.test/graphql", fixture.Socket.Address.AbsoluteUri);
        Expect.Equal(
            "{\"type\":\"connection_init\",\"payload\":{\"authorization\":\"Bearer token-1\"}}", fixture.Socket.Sent[0]);
    }

    public static void No_stream_subscribes_before_connection_ack()
    {
        var fixture = new ConnectionFixture();
        fixture.Connection.WatchParty("p");
        fixture.Tick(5);

        Expect.Equal(1, fixture.Socket.Sent.Count);
    }

    public static void A_lost_connection_reconnects_with_a_fresh_token_and_the_last_cursor()
    {
        ConnectionFixture fixture = Watching();
        fixture.Socket.Show("PartySnapshot", 3);
        fixture.Socket.Show("MemberJoined", 4);
        fixture.Tick();
        fixture.Socket.Close(1006);
        fixture.Connect();

        Expect.True(fixture.Socket.Sent[0].Contains("Bearer token-2"), fixture.Socket.Sent[0]);
        Expect.True(fixture.Socket.LastSent.Contains("\"after\":\"c4\""), fixture.Socket.LastSent);
    }

    public static void Queued_messages_are_handled_after_the_connection_is_lost()
    {
        ConnectionFixture fixture = Watching();
        fixture.Socket.Show("PartySnapshot", 3);
        fixture.Socket.Show("MemberJoined", 4);
        fixture.Socket.Close(1006);
        fixture.Connect();

        Expect.True(fixture.Socket.LastSent.Contains("\"after\":\"c4\""), fixture.Socket.LastSent);
    }

    public static void A_rejected_token_is_replaced_once()
    {
        ConnectionFixture fixture = Watching();
        fixture.Socket.Close(4403);
        fixture.Connect();

        Expect.Equal("token-1", string.Join(" ", fixture.RefusedTokens));
        Expect.True(fixture.Socket.Sent[0].Contains("Bearer token-2"), fixture.Socket.Sent[0]);
    }

    public static void A_token_rejected_after_a_refresh_ends_all_streams()
    {
        var fixture = new ConnectionFixture();
        PartyStream stream = fixture.Connection.WatchParty("p");
        fixture.Connect();
        fixture.Socket.Close(4403);
        fixture.Connect();
        fixture.Socket.Close(4403);
        fixture.Tick(5);

        Expect.Equal(StreamEndReason.Unauthenticated, stream.End.Reason);
        Expect.Equal(2, fixture.Sockets.Count);
    }

    public static void After_a_healthy_connection_a_rejection_counts_as_the_first()
    {
        var fixture = new ConnectionFixture();
        PartyStream stream = fixture.Connection.WatchParty("p");
        for (int time = 0; time < 3; time++)
        {
            fixture.Connect();
            fixture.Socket.Show("PartySnapshot", 3);
            fixture.Tick();
            fixture.Socket.Close(4403);
            fixture.Tick();
        }

        Expect.Equal(null, stream.End);
    }

    public static void A_hidden_close_code_is_taken_from_the_ping_before()
    {
        ConnectionFixture fixture = Watching();
        fixture.Socket.Say("{\"type\":\"ping\",\"payload\":{\"closing\":{\"code\":4403,\"reason\":\"expired\"}}}");
        fixture.Socket.Close(1005);
        fixture.Tick();

        Expect.Equal("token-1", string.Join(" ", fixture.RefusedTokens));
    }

    public static void A_token_that_expires_on_an_open_socket_is_replaced()
    {
        ConnectionFixture fixture = Watching();
        fixture.Socket.Refuse("UNAUTHENTICATED");
        fixture.Connect();

        Expect.True(fixture.Sockets[0].IsDisposed, "the old socket is still open");
        Expect.True(fixture.Socket.Sent[0].Contains("Bearer token-2"), fixture.Socket.Sent[0]);
    }

    public static void A_signed_out_player_has_no_streams()
    {
        var fixture = new ConnectionFixture { IsSignedOut = true };
        PartyStream stream = fixture.Connection.WatchParty("p");
        fixture.Tick(3);

        Expect.Equal(StreamEndReason.Unauthenticated, stream.End.Reason);
    }

    public static void A_failed_token_request_is_retried()
    {
        var fixture = new ConnectionFixture { NoToken = new LobbyException(LobbyErrorCodes.NoAnswer, "no answer") };
        PartyStream stream = fixture.Connection.WatchParty("p");
        fixture.Tick(3);
        fixture.NoToken = null;
        fixture.ConnectLive();

        Expect.Equal(StreamState.Live, stream.State);
    }

    public static void A_socket_that_cannot_be_created_is_retried()
    {
        var fixture = new ConnectionFixture { NoSocket = new InvalidOperationException("none left") };
        PartyStream stream = fixture.Connection.WatchParty("p");
        fixture.Tick(5);
        fixture.NoSocket = null;
        fixture.ConnectLive();

        Expect.Equal(StreamState.Live, stream.State);
    }

    public static void After_a_new_sign_in_a_token_may_be_rejected_once_again()
    {
        var fixture = new ConnectionFixture();
        fixture.Connection.WatchParty("p");
        fixture.Connect();
        fixture.Socket.Close(4403);
        fixture.Connect();
        fixture.Socket.Close(4403);
        fixture.Tick(5);
        PartyStream stream = fixture.Connection.WatchParty("p");
        fixture.Connect();
        fixture.Socket.Close(4403);
        fixture.ConnectLive();

        Expect.Equal(StreamState.Live, stream.State);
    }

    public static void A_ping_is_answered()
    {
        ConnectionFixture fixture = Watching();
        fixture.Socket.Say("{\"type\":\"ping\"}");

        Expect.Equal("{\"type\":\"pong\"}", fixture.Socket.LastSent);
    }

    public static void After_a_pause_a_ping_is_sent_at_once()
    {
        ConnectionFixture fixture = Watching();
        fixture.Resume();

        Expect.Equal("{\"type\":\"ping\"}", fixture.Socket.LastSent);
    }

    public static void A_pause_without_notice_is_detected_by_the_ticks()
    {
        ConnectionFixture fixture = Watching();
        fixture.NowMs += 60000;
        fixture.Tick();

        Expect.Equal("{\"type\":\"ping\"}", fixture.Socket.LastSent);
        fixture.NowMs += 3001;
        fixture.Tick(3);
        Expect.Equal(2, fixture.Sockets.Count);
    }

    public static void After_25_s_without_a_frame_the_client_reconnects()
    {
        ConnectionFixture fixture = Watching();
        for (int second = 0; second < 25; second++)
        {
            fixture.NowMs += 1000;
            fixture.Tick();
        }
        Expect.Equal(1, fixture.Sockets.Count);
        Expect.Equal("{\"type\":\"ping\"}", fixture.Socket.LastSent);
        fixture.NowMs += 1;
        fixture.Tick(3);

        Expect.Equal(2, fixture.Sockets.Count);
    }

    public static void A_socket_without_streams_is_closed_after_a_while()
    {
        var fixture = new ConnectionFixture();
        PartyStream stream = fixture.Connection.WatchParty("p");
        fixture.Connect();
        stream.Dispose();
        fixture.Tick();
        fixture.NowMs += LobbyConnection.IdleMs;
        fixture.Tick();
        Expect.True(!fixture.Socket.IsDisposed, "closed too soon");
        fixture.NowMs += 1;
        fixture.Tick(3);

        Expect.True(fixture.Socket.IsDisposed, "still open");
        Expect.Equal(1, fixture.Sockets.Count);
    }

    public static void Trouble_has_a_text_for_each_failure()
    {
        var fixture = new ConnectionFixture();
        var told = new List<string>();
        fixture.Connection.Trouble += told.Add;
        fixture.Connection.WatchParty("p");
        fixture.Connect();
        fixture.Socket.Refuse("INTERNAL");
        fixture.Socket.Close(1012);
        fixture.Tick(2);

        Expect.Equal("A stream failed, retrying: INTERNAL, no; The connection was closed: 1012, closed", string.Join("; ", told));
    }

    public static void A_message_that_is_not_JSON_ends_the_connection()
    {
        ConnectionFixture fixture = Watching();
        fixture.Socket.Say("<html>");
        fixture.Connect();

        Expect.Equal(2, fixture.Sockets.Count);
    }

    public static void A_game_that_stands_still_loses_only_the_connection()
    {
        var fixture = new ConnectionFixture();
        PartyStream stream = fixture.Connection.WatchParty("p");
        fixture.Connect();
        fixture.Socket.Show("PartySnapshot", 1);
        for (int seq = 2; seq < 1000; seq++) fixture.Socket.Show("MessagePosted", seq);
        fixture.Connect();

        Expect.Equal(GraphQLSocket.WaitingMax, stream.AppliedSeq);
        Expect.True(fixture.Socket.LastSent.Contains("\"after\":\"c" + GraphQLSocket.WaitingMax + "\""), fixture.Socket.LastSent);
    }

    public static void A_long_replay_is_spread_over_several_ticks()
    {
        var fixture = new ConnectionFixture();
        PartyStream stream = fixture.Connection.WatchParty("p");
        fixture.Connect();
        for (int seq = 1; seq <= 100; seq++) fixture.Socket.Show(seq == 1 ? "PartySnapshot" : "MessagePosted", seq);
        fixture.Tick();

        Expect.Equal(LobbyConnection.MessagesPerTurnMax, stream.AppliedSeq);
        fixture.Tick();
        Expect.Equal(100, stream.AppliedSeq);
    }

    public static void Several_streams_share_one_socket()
    {
        var fixture = new ConnectionFixture();
        PartyStream one = fixture.Connection.WatchParty("p");
        PartyStream other = fixture.Connection.WatchSession("s");
        fixture.Connect();
        fixture.Socket.Show("PartySnapshot", 3, id: "2");
        fixture.Tick();

        Expect.Equal(1, fixture.Sockets.Count);
        Expect.Equal(null, one.AppliedSeq);
        Expect.Equal(3, other.AppliedSeq);
    }

    public static void A_disposed_stream_is_completed_and_raises_no_events()
    {
        var fixture = new ConnectionFixture();
        PartyStream stream = fixture.Connection.WatchParty("p");
        var states = new List<StreamState>();
        stream.StateChanged += states.Add;
        fixture.ConnectLive();
        stream.Dispose();
        fixture.Socket.Show("PartySnapshot", 3);
        fixture.Tick();

        Expect.Equal("{\"type\":\"complete\",\"id\":\"1\"}", fixture.Socket.LastSent);
        Expect.Equal(null, stream.AppliedSeq);
        Expect.Equal("Live", string.Join(" ", states));
    }

    public static void A_disposed_connection_raises_no_events()
    {
        ConnectionFixture fixture = Watching();
        fixture.Connection.Dispose();
        fixture.Connection.Dispose();
        fixture.Socket.Show("PartySnapshot", 3);
        fixture.Tick(3);

        Expect.True(fixture.Socket.IsDisposed, "the socket is still open");
        Expect.Equal(1, fixture.Sockets.Count);
    }

    public static void A_tick_without_work_allocates_nothing()
    {
        ConnectionFixture fixture = Watching();
        ILobbyTickable idle = fixture.Connection;
        idle.Tick();
        int collections = GC.CollectionCount(0);
        // One object of the smallest size per tick would fill the youngest generation several times.
        for (int turn = 0; turn < 1000000; turn++) idle.Tick();

        Expect.Equal(collections, GC.CollectionCount(0));
    }

    private static ConnectionFixture Watching()
    {
        var fixture = new ConnectionFixture();
        fixture.Connection.WatchParty("p");
        fixture.Connect();
        return fixture;
    }
}
