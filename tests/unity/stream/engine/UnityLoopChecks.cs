using System.Collections.Generic;
using System.Reflection;
using AdventureBotLobby;
using UnityEngine;

internal static class UnityLoopChecks
{
    public static void There_is_one_hidden_loop()
    {
        UnityLoop loop = UnityLoop.Instance;

        Expect.True(ReferenceEquals(loop, UnityLoop.Instance), "there are two");
        Expect.Equal(HideFlags.HideInHierarchy, loop.gameObject.hideFlags);
    }

    public static void There_is_one_tick_per_frame()
    {
        var told = new Told();
        UnityLoop.Instance.Add(told);
        Engine.Send("Update");
        Engine.Send("Update");
        UnityLoop.Instance.Remove(told);
        Engine.Send("Update");

        Expect.Equal("turn turn", told.ToString());
    }

    public static void The_end_of_a_pause_and_a_new_focus_call_Resumed()
    {
        var told = new Told();
        UnityLoop.Instance.Add(told);
        Engine.Send("OnApplicationPause", true);
        Engine.Send("OnApplicationPause", false);
        Engine.Send("OnApplicationFocus", false);
        Engine.Send("OnApplicationFocus", true);
        UnityLoop.Instance.Remove(told);

        Expect.Equal("resumed resumed", told.ToString());
    }

    public static void The_end_of_the_game_stops_all_and_the_next_game_has_a_new_loop()
    {
        UnityLoop first = UnityLoop.Instance;
        var told = new Told();
        first.Add(told);
        Object.Destroy(first.gameObject);

        Expect.Equal("stopped", told.ToString());
        Expect.True(!ReferenceEquals(first, UnityLoop.Instance), "the loop that was destroyed is handed out");
    }

    public static void A_connection_uses_the_loop_and_console_of_Unity_by_default()
    {
        var lobby = new LobbyClient("http://127.0.0.1:1");
        using (var connection = new LobbyConnection(lobby))
        {
            PartyListStream list = connection.WatchLobby();
            for (int frame = 0; list.End == null && frame < 10; frame++) Engine.Send("Update");

            Expect.Equal(StreamEndReason.Unauthenticated, list.End.Reason);
        }
    }

    public static void The_editor_warns_once_of_plain_http_and_of_a_game_that_stops_in_the_background()
    {
        Forget("AdventureBotLobby.PlainHttp");
        Forget("AdventureBotLobby.Background");
        var log = new Lines();
        for (int times = 0; times < 2; times++)
        {
            var lobby = new LobbyClient(new LobbyOptions("http://127.0.0.1:1") { Log = log });
            new LobbyConnection(lobby).Dispose();
        }

        Expect.Equal(2, log.Count);
        Expect.True(log[0].Contains("forbids the plain http address http://127.0.0.1:1/graphql"), log[0]);
        Expect.True(log[1].Contains("Run In Background is off"), log[1]);
    }

    private static void Forget(string type)
    {
        const BindingFlags hidden = BindingFlags.Static | BindingFlags.NonPublic;
        typeof(LobbyClient).Assembly.GetType(type).GetField("_isWarned", hidden).SetValue(null, false);
    }

    private sealed class Lines : List<string>, ILobbyLog
    {
        public void Write(LobbyLogLevel level, string message, System.Exception error)
        {
            Add(message);
        }
    }

    private sealed class Told : ILobbyTickable
    {
        private readonly List<string> _words = new List<string>();

        public void Tick()
        {
            _words.Add("turn");
        }

        public void Resumed()
        {
            _words.Add("resumed");
        }

        public void Stopped()
        {
            _words.Add("stopped");
        }

        public override string ToString()
        {
            return string.Join(" ", _words);
        }
    }
}
