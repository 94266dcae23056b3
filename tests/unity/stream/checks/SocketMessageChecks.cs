using AdventureBotLobby;

internal static class SocketMessageChecks
{
    public static void The_root_field_is_read_by_the_reader_of_its_operation()
    {
        SocketMessage message = Read("{\"id\":\"1\",\"type\":\"next\",\"payload\":{\"data\":{\"partyEvents\":7}}}");

        Expect.Equal(SocketMessageKind.Next, message.Kind);
        Expect.Equal("1", message.Id);
        Expect.Equal((object)7, message.Frame);
    }

    public static void The_order_of_members_makes_no_difference()
    {
        Expect.Equal((object)7, Read("{\"payload\":{\"data\":{\"x\":7}},\"type\":\"next\",\"id\":\"1\"}").Frame);
        Expect.Equal((object)7, Read("{\"type\":\"next\",\"payload\":{\"data\":{\"x\":7}},\"id\":\"1\"}").Frame);
        Expect.Equal("NO", Read("{\"payload\":[{\"extensions\":{\"code\":\"NO\"}}],\"type\":\"error\",\"id\":\"1\"}").Error.Code);
    }

    public static void Frames_of_an_operation_that_is_over_are_skipped()
    {
        Expect.Equal(null, Read("{\"id\":\"2\",\"type\":\"next\",\"payload\":{\"data\":{\"x\":[1,{\"y\":2}]}}}").Frame);
    }

    public static void Of_several_errors_the_first_counts()
    {
        SocketMessage message = Read("{\"id\":\"1\",\"type\":\"next\",\"payload\":{\"data\":null,\"errors\":["
            + "{\"message\":\"No such party.\",\"extensions\":{\"code\":\"NOT_FOUND\"}},{\"message\":\"other\"}]}}");

        Expect.Equal(null, message.Frame);
        Expect.Equal("NOT_FOUND", message.Error.Code);
        Expect.Equal("No such party.", message.Error.Message);
    }

    public static void An_announced_close_is_read_from_a_ping()
    {
        SocketMessage message = Read("{\"type\":\"ping\",\"payload\":{\"closing\":{\"code\":4403,\"reason\":\"expired\"}}}");

        Expect.Equal(SocketMessageKind.Ping, message.Kind);
        Expect.Equal(4403, message.Code);
        Expect.Equal("expired", message.Reason);
    }

    public static void Messages_of_a_newer_protocol_are_skipped()
    {
        Expect.Equal(SocketMessageKind.Unknown, Read("{\"type\":\"greeting\",\"payload\":{\"a\":[]},\"b\":1}").Kind);
        Expect.Equal(SocketMessageKind.Acknowledged, Read("{\"type\":\"connection_ack\",\"payload\":{\"a\":[]}}").Kind);
        Expect.Equal(SocketMessageKind.Pong, Read("{\"payload\":null,\"type\":\"pong\"}").Kind);
    }

    private static SocketMessage Read(string text)
    {
        return SocketMessage.Read(text, id => id == "1" ? (reader => (object)reader.ReadInt()) : (System.Func<LobbyJsonReader, object>)null, 0);
    }
}
