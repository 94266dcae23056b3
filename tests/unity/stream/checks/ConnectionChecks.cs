using System;
using System.Collections.Generic;
using AdventureBot2.Lobby;

internal static class ConnectionChecks
{
    public static void Nothing_is_opened_before_something_is_watched()
    {
        var stand = new Stand();
        stand.Turn(3);

        Expect.Equal(0, stand.Sockets.Count);
    }

    public static void The_token_is_sent_as_soon_as_the_socket_is_open()
    {
        Stand stand = Watching();

        Expect.Equal("ws://lobby.test/graphql", stand.Socket.Address.AbsoluteUri);
        Expect.Equal(
            "{\"type\":\"connection_init\",\"payload\":{\"authorization\":\"Bearer token-1\"}}", stand.Socket.Sent[0]);
    }

    public static void Nothing_is_subscribed_before_the_server_has_acknowledged()
    {
        var stand = new Stand();
        stand.Connection.WatchParty("p");
        stand.Turn(5);

        Expect.Equal(1, stand.Socket.Sent.Count);
    }

    public static void A_lost_connection_is_made_again_with_a_fresh_token_and_the_last_cursor()
    {
        Stand stand = Watching();
        stand.Socket.Show("PartySnapshot", 3);
        stand.Socket.Show("MemberJoined", 4);
        stand.Turn();
        stand.Socket.Close(1006);
        stand.Connect();

        Expect.True(stand.Socket.Sent[0].Contains("Bearer token-2"), stand.Socket.Sent[0]);
        Expect.True(stand.Socket.LastSent.Contains("\"after\":\"c4\""), stand.Socket.LastSent);
    }

    public static void What_waits_when_the_connection_is_lost_still_counts()
    {
        Stand stand = Watching();
        stand.Socket.Show("PartySnapshot", 3);
        stand.Socket.Show("MemberJoined", 4);
        stand.Socket.Close(1006);
        stand.Connect();

        Expect.True(stand.Socket.LastSent.Contains("\"after\":\"c4\""), stand.Socket.LastSent);
    }

    public static void A_refused_token_is_replaced_once()
    {
        Stand stand = Watching();
        stand.Socket.Close(4403);
        stand.Connect();

        Expect.Equal("token-1", string.Join(" ", stand.RefusedTokens));
        Expect.True(stand.Socket.Sent[0].Contains("Bearer token-2"), stand.Socket.Sent[0]);
    }

    public static void A_token_that_is_refused_even_after_a_refresh_ends_all_streams()
    {
        var stand = new Stand();
        PartyStream stream = stand.Connection.WatchParty("p");
        stand.Connect();
        stand.Socket.Close(4403);
        stand.Connect();
        stand.Socket.Close(4403);
        stand.Turn(5);

        Expect.Equal(StreamEndReason.Unauthenticated, stream.End.Reason);
        Expect.Equal(2, stand.Sockets.Count);
    }

    public static void A_good_connection_in_between_makes_a_refusal_the_first_again()
    {
        var stand = new Stand();
        PartyStream stream = stand.Connection.WatchParty("p");
        for (int time = 0; time < 3; time++)
        {
            stand.Connect();
            stand.Socket.Show("PartySnapshot", 3);
            stand.Turn();
            stand.Socket.Close(4403);
            stand.Turn();
        }

        Expect.Equal(null, stream.End);
    }

    public static void A_code_that_the_socket_hides_is_taken_from_the_ping_before()
    {
        Stand stand = Watching();
        stand.Socket.Say("{\"type\":\"ping\",\"payload\":{\"closing\":{\"code\":4403,\"reason\":\"expired\"}}}");
        stand.Socket.Close(1005);
        stand.Turn();

        Expect.Equal("token-1", string.Join(" ", stand.RefusedTokens));
    }

    public static void A_token_that_expires_on_an_open_socket_is_replaced()
    {
        Stand stand = Watching();
        stand.Socket.Refuse("UNAUTHENTICATED");
        stand.Connect();

        Expect.True(stand.Sockets[0].IsDisposed, "the old socket is still open");
        Expect.True(stand.Socket.Sent[0].Contains("Bearer token-2"), stand.Socket.Sent[0]);
    }

    public static void Whoever_is_signed_out_watches_nothing()
    {
        var stand = new Stand { IsSignedOut = true };
        PartyStream stream = stand.Connection.WatchParty("p");
        stand.Turn(3);

        Expect.Equal(StreamEndReason.Unauthenticated, stream.End.Reason);
    }

    public static void A_token_that_could_not_be_had_is_asked_for_again()
    {
        var stand = new Stand { NoToken = new LobbyException(LobbyErrorCodes.NoAnswer, "no answer") };
        PartyStream stream = stand.Connection.WatchParty("p");
        stand.Turn(3);
        stand.NoToken = null;
        stand.Connect();

        Expect.Equal(StreamState.Live, stream.State);
    }

    public static void A_socket_that_can_not_be_made_is_made_later()
    {
        var stand = new Stand { NoSocket = new InvalidOperationException("none left") };
        PartyStream stream = stand.Connection.WatchParty("p");
        stand.Turn(5);
        stand.NoSocket = null;
        stand.Connect();

        Expect.Equal(StreamState.Live, stream.State);
    }

    public static void Whoever_signs_in_again_may_be_refused_once_again()
    {
        var stand = new Stand();
        stand.Connection.WatchParty("p");
        stand.Connect();
        stand.Socket.Close(4403);
        stand.Connect();
        stand.Socket.Close(4403);
        stand.Turn(5);
        PartyStream stream = stand.Connection.WatchParty("p");
        stand.Connect();
        stand.Socket.Close(4403);
        stand.Connect();

        Expect.Equal(StreamState.Live, stream.State);
    }

    public static void A_ping_is_answered()
    {
        Stand stand = Watching();
        stand.Socket.Say("{\"type\":\"ping\"}");

        Expect.Equal("{\"type\":\"pong\"}", stand.Socket.LastSent);
    }

    public static void After_a_pause_the_socket_is_asked_at_once()
    {
        Stand stand = Watching();
        stand.Resume();

        Expect.Equal("{\"type\":\"ping\"}", stand.Socket.LastSent);
    }

    public static void A_pause_that_the_platform_says_nothing_of_shows_in_the_turns()
    {
        Stand stand = Watching();
        stand.NowMs += 60000;
        stand.Turn();

        Expect.Equal("{\"type\":\"ping\"}", stand.Socket.LastSent);
        stand.NowMs += 3001;
        stand.Turn(3);
        Expect.Equal(2, stand.Sockets.Count);
    }

    public static void A_server_that_is_silent_for_25_s_is_left_for_another_connection()
    {
        Stand stand = Watching();
        for (int second = 0; second < 25; second++)
        {
            stand.NowMs += 1000;
            stand.Turn();
        }
        Expect.Equal(1, stand.Sockets.Count);
        Expect.Equal("{\"type\":\"ping\"}", stand.Socket.LastSent);
        stand.NowMs += 1;
        stand.Turn(3);

        Expect.Equal(2, stand.Sockets.Count);
    }

    public static void A_socket_without_streams_is_closed_after_a_while()
    {
        var stand = new Stand();
        PartyStream stream = stand.Connection.WatchParty("p");
        stand.Connect();
        stream.Dispose();
        stand.Turn();
        stand.NowMs += LobbyConnection.IdleMs;
        stand.Turn();
        Expect.True(!stand.Socket.IsDisposed, "closed too soon");
        stand.NowMs += 1;
        stand.Turn(3);

        Expect.True(stand.Socket.IsDisposed, "still open");
        Expect.Equal(1, stand.Sockets.Count);
    }

    public static void Trouble_is_told_in_words()
    {
        var stand = new Stand();
        var told = new List<string>();
        stand.Connection.Trouble += told.Add;
        stand.Connection.WatchParty("p");
        stand.Connect();
        stand.Socket.Refuse("INTERNAL");
        stand.Socket.Close(1012);
        stand.Turn(2);

        Expect.Equal("A stream failed: INTERNAL, no; The connection was closed: 1012, closed", string.Join("; ", told));
    }

    public static void A_message_that_is_no_JSON_costs_the_connection()
    {
        Stand stand = Watching();
        stand.Socket.Say("<html>");
        stand.Connect();

        Expect.Equal(2, stand.Sockets.Count);
    }

    public static void A_game_that_stands_still_loses_the_connection_and_nothing_else()
    {
        var stand = new Stand();
        PartyStream stream = stand.Connection.WatchParty("p");
        stand.Connect();
        stand.Socket.Show("PartySnapshot", 1);
        for (int seq = 2; seq < 1000; seq++) stand.Socket.Show("MessagePosted", seq);
        stand.Connect();

        Expect.Equal(Link.WaitingMax, stream.AppliedSeq);
        Expect.True(stand.Socket.LastSent.Contains("\"after\":\"c" + Link.WaitingMax + "\""), stand.Socket.LastSent);
    }

    public static void A_long_replay_is_spread_over_several_turns()
    {
        var stand = new Stand();
        PartyStream stream = stand.Connection.WatchParty("p");
        stand.Connect();
        for (int seq = 1; seq <= 100; seq++) stand.Socket.Show(seq == 1 ? "PartySnapshot" : "MessagePosted", seq);
        stand.Turn();

        Expect.Equal(LobbyConnection.MessagesPerTurnMax, stream.AppliedSeq);
        stand.Turn();
        Expect.Equal(100, stream.AppliedSeq);
    }

    public static void Several_streams_share_one_socket()
    {
        var stand = new Stand();
        PartyStream one = stand.Connection.WatchParty("p");
        PartyStream other = stand.Connection.WatchSession("s");
        stand.Connect();
        stand.Socket.Show("PartySnapshot", 3, id: "2");
        stand.Turn();

        Expect.Equal(1, stand.Sockets.Count);
        Expect.Equal(null, one.AppliedSeq);
        Expect.Equal(3, other.AppliedSeq);
    }

    public static void A_stream_that_is_disposed_of_is_completed_and_heard_no_more()
    {
        var stand = new Stand();
        PartyStream stream = stand.Connection.WatchParty("p");
        var states = new List<StreamState>();
        stream.StateChanged += states.Add;
        stand.Connect();
        stream.Dispose();
        stand.Socket.Show("PartySnapshot", 3);
        stand.Turn();

        Expect.Equal("{\"type\":\"complete\",\"id\":\"1\"}", stand.Socket.LastSent);
        Expect.Equal(null, stream.AppliedSeq);
        Expect.Equal("Live", string.Join(" ", states));
    }

    public static void After_its_end_a_connection_is_silent()
    {
        Stand stand = Watching();
        stand.Connection.Dispose();
        stand.Connection.Dispose();
        stand.Socket.Show("PartySnapshot", 3);
        stand.Turn(3);

        Expect.True(stand.Socket.IsDisposed, "the socket is still open");
        Expect.Equal(1, stand.Sockets.Count);
    }

    public static void A_turn_in_which_nothing_happens_allocates_nothing()
    {
        Stand stand = Watching();
        ITurn idle = stand.Connection;
        idle.Turn();
        int collections = GC.CollectionCount(0);
        // One object of the smallest size in each would fill the youngest generation several times.
        for (int turn = 0; turn < 1000000; turn++) idle.Turn();

        Expect.Equal(collections, GC.CollectionCount(0));
    }

    private static Stand Watching()
    {
        var stand = new Stand();
        stand.Connection.WatchParty("p");
        stand.Connect();
        return stand;
    }
}
