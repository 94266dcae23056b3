using System.Linq;
using AdventureBot2.Lobby;

internal static class PartyListStreamChecks
{
    public static void Parties_are_put_in_changed_in_their_place_and_taken_out()
    {
        var stand = new Stand();
        PartyListStream list = stand.Connection.WatchLobby();
        stand.Connect();
        Tell(stand, "LISTED", "a", 1);
        Tell(stand, "LISTED", "b", 1);
        Tell(stand, "UPDATED", "a", 2);
        stand.Turn();
        Expect.Equal("a2 b1", Shown(list));
        Tell(stand, "DELISTED", "a", 0);
        stand.Turn();

        Expect.Equal("b1", Shown(list));
    }

    public static void The_filter_is_asked_for_again_after_a_lost_connection()
    {
        var stand = new Stand();
        stand.Connection.WatchLobby(new PartyFilter { Difficulty = "Hard" });
        stand.Connect();
        stand.Socket.Close(1006);
        stand.Connect();

        Expect.True(stand.Socket.LastSent.Contains("\"filter\":{\"difficulty\":\"Hard\"}"), stand.Socket.LastSent);
    }

    public static void What_is_not_told_again_after_a_lost_connection_goes()
    {
        var stand = new Stand();
        PartyListStream list = stand.Connection.WatchLobby();
        stand.Connect();
        Tell(stand, "LISTED", "a", 1);
        Tell(stand, "LISTED", "b", 1);
        stand.Turn();
        stand.Socket.Close(1006);
        stand.Connect();
        Tell(stand, "LISTED", "b", 3);
        stand.NowMs += PartyListStream.RetellMs - 1;
        stand.Turn();
        Expect.Equal("a1 b3", Shown(list));
        stand.NowMs += 1;
        stand.Turn();

        Expect.Equal("b3", Shown(list));
    }

    public static void What_happens_in_one_frame_is_one_change_of_the_list()
    {
        var stand = new Stand();
        PartyListStream list = stand.Connection.WatchLobby();
        int happened = 0, changed = 0;
        list.Happened += change => happened++;
        list.Changed += parties => changed++;
        stand.Connect();
        for (int number = 0; number < 50; number++) Tell(stand, "LISTED", "p" + number, 1);
        stand.Turn(2);

        Expect.Equal(50, happened);
        Expect.Equal(1, changed);
    }

    public static void The_list_is_bounded()
    {
        var stand = new Stand();
        PartyListStream list = stand.Connection.WatchLobby();
        for (int number = 0; number < 2 * PartyListStream.PartiesMax; number++)
        {
            list.Take(Change("LISTED", "p" + number, 1), Nothing());
        }

        Expect.Equal(PartyListStream.PartiesMax, list.Parties.Count);
    }

    public static void A_filter_that_the_server_refuses_ends_it()
    {
        var stand = new Stand();
        PartyListStream list = stand.Connection.WatchLobby();
        stand.Connect();
        stand.Socket.Refuse("BAD_USER_INPUT");
        stand.Turn();

        Expect.Equal(StreamEndReason.Refused, list.End.Reason);
    }

    public static void A_filter_that_can_not_be_sent_ends_it()
    {
        var stand = new Stand();
        PartyListStream list = stand.Connection.WatchLobby(new PartyFilter { GameType = GameType.Unknown });
        stand.Connect();
        stand.Turn(2);

        Expect.Equal(StreamEndReason.Refused, list.End.Reason);
    }

    private static void Tell(Stand stand, string change, string id, int version)
    {
        stand.Socket.Say("{\"id\":\"1\",\"type\":\"next\",\"payload\":{\"data\":{\"lobbyEvents\":" + Json(change, id, version) + "}}}");
    }

    private static LobbyEvent Change(string change, string id, int version)
    {
        return LobbyEvent.Read(new JsonReader(Json(change, id, version)));
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
