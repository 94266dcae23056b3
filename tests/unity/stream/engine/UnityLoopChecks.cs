using System.Collections.Generic;
using AdventureBot2.Lobby;
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

    private sealed class Told : ITickable
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
