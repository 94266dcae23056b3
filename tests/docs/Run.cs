// Plays one run with docs/examples/GameServer.cs, and says line by line what came of it. Arguments: the lobby's address, the service key, the
// session, two tickets into it, and the players whose they are.

using System;
using AdventureBot2.GameServers;

static class Run
{
    static void Main(string[] given)
    {
        using (var lobby = new GameServerLobby(given[0], given[1], given[2]))
        {
            string ticket = given[3], other = given[4];
            Say("heartbeat", lobby.Heartbeat());
            Ticket read = lobby.Check(ticket);
            Say("player", read.PlayerId);
            Say("class", read.CharacterClass);
            Say("team", read.Team);
            Say("seed", read.Seed);
            Say("other_class", lobby.Check(other).CharacterClass ?? "none");
            Say("forged", lobby.Check(Forged(ticket)) == null);
            Say("signature_of_another", lobby.Check(ticket.Substring(0, ticket.LastIndexOf('.')) + other.Substring(other.LastIndexOf('.'))) == null);
            Say("nonsense", lobby.Check("a.b.c") == null && lobby.Check("") == null);
            Say("spent", lobby.Spend(ticket));
            Say("spent_again", lobby.Spend(ticket));
            Say("spent_other", lobby.Spend(other));
            Say("floor", lobby.ReportFloor(4));
            Say("left", lobby.ReportLeft(given[6]));
            Say("complete", lobby.Complete("the \"dragon\" sleeps \\ é"));
            Say("after", lobby.Heartbeat());
        }
        using (var stranger = new GameServerLobby(given[0], given[1], "00000000-0000-4000-8000-000000000000"))
        {
            Say("elsewhere", stranger.Check(given[3]) == null);
            Say("unknown", stranger.Heartbeat());
        }
    }

    /// <summary>The first letter of the claims behind `{"` is another one.</summary>
    static string Forged(string ticket)
    {
        int dot = ticket.IndexOf('.');
        return ticket.Substring(0, dot + 5) + (ticket[dot + 5] == 'A' ? 'B' : 'A') + ticket.Substring(dot + 6);
    }

    static void Say(string name, object value)
    {
        Console.WriteLine(name + "=" + value);
    }
}
