using System.Linq;
using AdventureBotLobby;

internal static class PartyListStreamChecks
{
    public static void Parties_are_added_replaced_in_place_and_removed()
    {
        var fixture = new ConnectionFixture();
        PartyListStream list = fixture.Connection.WatchLobby();
        fixture.Connect();
        Send(fixture, "LISTED", "a", 1);
        Send(fixture, "LISTED", "b", 1);
        Send(fixture, "UPDATED", "a", 2);
        fixture.Tick();
        Expect.Equal("a2 b1", Shown(list));
        Send(fixture, "DELISTED", "a", 0);
        fixture.Tick();

        Expect.Equal("b1", Shown(list));
    }

    public static void The_filter_is_sent_again_after_a_reconnect()
    {
        var fixture = new ConnectionFixture();
        fixture.Connection.WatchLobby(new PartyFilter { Difficulty = "Hard" });
        fixture.Connect();
        fixture.Socket.Close(1006);
        fixture.Connect();

        Expect.True(fixture.Socket.LastSent.Contains("\"filter\":{\"difficulty\":\"Hard\"}"), fixture.Socket.LastSent);
    }

    public static void A_party_not_sent_again_after_a_reconnect_is_removed()
    {
        var fixture = new ConnectionFixture();
        PartyListStream list = fixture.Connection.WatchLobby();
        fixture.Connect();
        Send(fixture, "LISTED", "a", 1);
        Send(fixture, "LISTED", "b", 1);
        fixture.Tick();
        fixture.Socket.Close(1006);
        fixture.Connect();
        Send(fixture, "LISTED", "b", 3);
        fixture.NowMs += PartyListStream.RetellMs - 1;
        fixture.Tick();
        Expect.Equal("a1 b3", Shown(list));
        fixture.NowMs += 1;
        fixture.Tick();

        Expect.Equal("b3", Shown(list));
    }

    public static void Several_events_in_one_frame_raise_Changed_once()
    {
        var fixture = new ConnectionFixture();
        PartyListStream list = fixture.Connection.WatchLobby();
        int happened = 0, changed = 0;
        list.Happened += change => happened++;
        list.Changed += parties => changed++;
        fixture.Connect();
        for (int number = 0; number < 50; number++) Send(fixture, "LISTED", "p" + number, 1);
        fixture.Tick(2);

        Expect.Equal(50, happened);
        Expect.Equal(1, changed);
    }

    public static void The_list_is_bounded()
    {
        var fixture = new ConnectionFixture();
        PartyListStream list = fixture.Connection.WatchLobby();
        for (int number = 0; number < 2 * PartyListStream.PartiesMax; number++)
        {
            list.Take(Change("LISTED", "p" + number, 1), Nothing());
        }

        Expect.Equal(PartyListStream.PartiesMax, list.Parties.Count);
    }

    public static void A_filter_that_the_server_rejects_ends_the_stream()
    {
        var fixture = new ConnectionFixture();
        PartyListStream list = fixture.Connection.WatchLobby();
        fixture.Connect();
        fixture.Socket.Refuse("BAD_USER_INPUT");
        fixture.Tick();

        Expect.Equal(StreamEndReason.Refused, list.End.Reason);
    }

    public static void A_filter_that_cannot_be_sent_ends_the_stream()
    {
        var fixture = new ConnectionFixture();
        PartyListStream list = fixture.Connection.WatchLobby(new PartyFilter { GameType = LobbyGameType.Unknown });
        fixture.Connect();
        fixture.Tick(2);

        Expect.Equal(StreamEndReason.Refused, list.End.Reason);
    }

    private static void Send(ConnectionFixture fixture, string change, string id, int version)
    {
        fixture.Socket.Say("{\"id\":\"1\",\"type\":\"next\",\"payload\":{\"data\":{\"lobbyEvents\":" + Json(change, id, version) + "}}}");
    }

    private static LobbyEvent Change(string change, string id, int version)
    {
        return LobbyEvent.Read(new LobbyJsonReader(Json(change, id, version)));
    }

    private static SocketMessage Nothing()
    {
        return SocketMessage.Closed(1000, "", 0);
    }

    private static string Json(string change, string id, int version)
    {
        string party = version == 0 ? "null" : "{\"id\":\"" + id + "\",\"version\":" + version + "}";
        return "{\"change\":\"" + change + "\",\"at\":\"2026-11-25T12:00:00.000Z\",\"partyId\":\"" + id
            + "\",\"party\":" + party + "}";
    }

    private static string Shown(PartyListStream list)
    {
        return string.Join(" ", list.Parties.Select(party => party.Id + party.Version));
    }
}
