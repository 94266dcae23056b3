// Checks receipts with docs/examples/GameServer.cs, and says of each whether it is good. Arguments: the lobby's address, then the receipts.

using System;
using AdventureBot2.GameServers;

static class Receipts
{
    static void Main(string[] given)
    {
        using (var lobby = new GameServerLobby(given[0], "", ""))
        {
            for (int place = 1; place < given.Length; place++)
            {
                string claims = lobby.CheckReceipt(given[place]);
                Console.WriteLine("receipt" + place + "=" + (claims ?? "refused"));
            }
        }
    }
}
