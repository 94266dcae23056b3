using System.Collections.Generic;
using AdventureBotLobby;

internal static class StreamEndChecks
{
    public static void A_permanent_error_ends_the_stream()
    {
        string[] codes =
        {
            "BAD_REQUEST", "BAD_USER_INPUT", "FORBIDDEN", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED",
            "OPERATION_RESOLUTION_FAILURE", "DOCUMENT_NOT_TRUSTED", "PERSISTED_QUERY_NOT_FOUND",
        };
        foreach (string code in codes)
        {
            var fixture = new ConnectionFixture();
            PartyStream stream = fixture.Connection.WatchParty("p");
            fixture.Connect();
            fixture.Socket.Say("{\"id\":\"1\",\"type\":\"error\",\"payload\":[{\"message\":\"no\",\"extensions\":{\"code\":\"" + code + "\"}}]}");
            fixture.Tick(5);

            Expect.True(stream.End != null, code + " is retried");
            Expect.Equal(StreamEndReason.Refused, stream.End.Reason);
            Expect.Equal(code + ", no", stream.End.Message);
            Expect.Equal(2, fixture.Socket.Sent.Count);
        }
    }

    public static void A_stream_is_not_live_before_the_server_has_answered()
    {
        var fixture = new ConnectionFixture();
        PartyStream stream = fixture.Connection.WatchParty("p");
        fixture.Connect();
        Expect.Equal(StreamState.Connecting, stream.State);
        fixture.Socket.Show("PartySnapshot", 3);
        fixture.Tick();

        Expect.Equal(StreamState.Live, stream.State);
    }

    public static void A_quiet_stream_is_live_after_the_pong_of_a_ping_behind_its_subscription()
    {
        var fixture = new ConnectionFixture();
        PartyStream stream = fixture.Connection.WatchParty("p");
        fixture.Connect();
        fixture.NowMs += LobbyStream.ConfirmMs - 1;
        fixture.Tick();
        Expect.Equal(2, fixture.Socket.Sent.Count);
        fixture.NowMs += 1;
        fixture.Tick(3);
        Expect.Equal("{\"type\":\"ping\"}", fixture.Socket.LastSent);
        Expect.Equal(3, fixture.Socket.Sent.Count);
        Expect.Equal(StreamState.Connecting, stream.State);
        fixture.Socket.Say("{\"type\":\"pong\"}");
        fixture.Tick();

        Expect.Equal(StreamState.Live, stream.State);
    }

    public static void An_unreadable_frame_is_asked_for_again_then_replaced_by_a_snapshot_then_the_stream_ends()
    {
        var fixture = new ConnectionFixture();
        PartyStream stream = fixture.Connection.WatchParty("p");
        PartyStream other = fixture.Connection.WatchParty("q");
        fixture.Connect();
        fixture.Socket.Show("PartySnapshot", 3);
        fixture.Tick();
        Unreadable(fixture, "1");
        Expect.True(fixture.Socket.LastSent.Contains("\"after\":\"c3\""), fixture.Socket.LastSent);
        Unreadable(fixture, "3");
        Expect.True(!fixture.Socket.LastSent.Contains("\"after\":\"c3\""), fixture.Socket.LastSent);
        Expect.Equal(null, stream.End);
        Unreadable(fixture, "4");

        Expect.Equal(StreamEndReason.Unreadable, stream.End.Reason);
        Expect.Equal(null, other.End);
        Expect.Equal(1, fixture.Sockets.Count);
        fixture.Socket.Show("PartySnapshot", 8, id: "2");
        fixture.Tick();
        Expect.Equal(8, other.AppliedSeq);
    }

    public static void After_a_readable_frame_the_next_unreadable_one_counts_as_the_first()
    {
        var fixture = new ConnectionFixture();
        PartyStream stream = fixture.Connection.WatchParty("p");
        fixture.Connect();
        for (int round = 1; round < 10; round++)
        {
            fixture.Socket.Show("PartySnapshot", round, id: round.ToString());
            fixture.Tick();
            Unreadable(fixture, round.ToString());
        }

        Expect.Equal(null, stream.End);
        Expect.Equal(9, stream.AppliedSeq);
    }

    public static void A_message_that_is_too_big_is_replaced_by_a_snapshot()
    {
        var fixture = new ConnectionFixture();
        fixture.Connection.WatchParty("p");
        fixture.Connect();
        fixture.Socket.Show("PartySnapshot", 3);
        fixture.Tick();
        fixture.Socket.Close(1009);
        fixture.Connect();

        Expect.True(!fixture.Socket.LastSent.Contains("\"after\":\"c3\""), fixture.Socket.LastSent);
    }

    public static void The_party_of_a_response_is_drawn_in_the_next_tick_without_a_connection()
    {
        var fixture = new ConnectionFixture { NoToken = new LobbyException("NO_ANSWER", "no server") };
        var party = LobbyParty.Read(new LobbyJsonReader("{\"id\":\"p\",\"version\":7,\"cursor\":\"c7\"}"));
        PartyStream stream = fixture.Connection.WatchParty(party);
        var drawn = new List<int>();
        stream.Changed += each => drawn.Add(each.Version);
        fixture.Tick(3);

        Expect.Equal("7", string.Join(" ", drawn));
    }

    public static void A_party_that_has_changed_already_is_drawn_once()
    {
        var fixture = new ConnectionFixture();
        var party = LobbyParty.Read(new LobbyJsonReader("{\"id\":\"p\",\"version\":7,\"cursor\":\"c7\"}"));
        PartyStream stream = fixture.Connection.WatchParty(party);
        var drawn = new List<int>();
        stream.Changed += each => drawn.Add(each.Version);
        fixture.Connect();
        fixture.Socket.Show("MemberJoined", 8);
        fixture.Tick(3);

        Expect.Equal("7 8", string.Join(" ", drawn));
    }

    public static void The_address_of_a_socket_has_a_known_scheme_and_no_query()
    {
        Expect.Equal("wss://lobby.test/graphql", ServerAddress.Socket("https://lobby.test/graphql").AbsoluteUri);
        Expect.Equal("ws://lobby.test:8000/graphql", ServerAddress.Socket("ws://lobby.test:8000/graphql").AbsoluteUri);
        foreach (string url in new[] { "ftp://lobby.test", "lobby.test", null, "http://lobby.test/?a=b", "http://ada@lobby.test/" })
        {
            try
            {
                ServerAddress.Socket(url);
            }
            catch (System.ArgumentException)
            {
                continue;
            }
            Expect.True(false, url + " is accepted");
        }
    }

    private static void Unreadable(ConnectionFixture fixture, string id)
    {
        fixture.Socket.Say("{\"id\":\"" + id + "\",\"type\":\"next\",\"payload\":{\"data\":{\"partyEvents\":{\"seq\":\"four\"}}}}");
        fixture.Tick(2);
    }
}
