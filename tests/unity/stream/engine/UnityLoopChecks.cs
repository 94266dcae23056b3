using System.Collections.Generic;
using AdventureBot2.Lobby;
using UnityEngine;

internal static class UnityLoopChecks
{
    public static void There_is_one_loop_and_it_shows_nowhere()
    {
        UnityLoop loop = UnityLoop.Instance;

        Expect.True(ReferenceEquals(loop, UnityLoop.Instance), "there are two");
        Expect.Equal(HideFlags.HideInHierarchy, loop.gameObject.hideFlags);
    }

    public static void There_is_one_turn_a_frame()
    {
        var told = new Told();
        UnityLoop.Instance.Add(told);
        Stage.Send("Update");
        Stage.Send("Update");
        UnityLoop.Instance.Remove(told);
        Stage.Send("Update");

        Expect.Equal("turn turn", told.ToString());
    }

    public static void The_end_of_a_pause_and_the_return_of_the_focus_are_told()
    {
        var told = new Told();
        UnityLoop.Instance.Add(told);
        Stage.Send("OnApplicationPause", true);
        Stage.Send("OnApplicationPause", false);
        Stage.Send("OnApplicationFocus", false);
        Stage.Send("OnApplicationFocus", true);
        UnityLoop.Instance.Remove(told);

        Expect.Equal("resumed resumed", told.ToString());
    }

    public static void The_end_of_the_game_ends_all_and_the_next_game_has_a_loop_of_its_own()
    {
        UnityLoop first = UnityLoop.Instance;
        var told = new Told();
        first.Add(told);
        Object.Destroy(first.gameObject);

        Expect.Equal("stopped", told.ToString());
        Expect.True(!ReferenceEquals(first, UnityLoop.Instance), "the loop that was destroyed is handed out");
    }

    public static void Unity_s_own_loop_and_console_are_what_a_connection_stands_on()
    {
        var lobby = new LobbyClient("http://127.0.0.1:1");
        using (var connection = new LobbyConnection(lobby))
        {
            PartyListStream list = connection.WatchLobby();
            for (int frame = 0; list.End == null && frame < 10; frame++) Stage.Send("Update");

            Expect.Equal(StreamEndReason.Unauthenticated, list.End.Reason);
        }
    }

    private sealed class Told : ITurn
    {
        private readonly List<string> _words = new List<string>();

        public void Turn()
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
