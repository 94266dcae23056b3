// A game whose own types come from a namespace, in a file that imports both.
using AdventureBotLobby;
using Evolution.Core;

namespace Dungeon
{
    public class Screen
    {
        public readonly Evolution.Core.Player own = new Evolution.Core.Player();

        public void Draw(LobbyParty party, LobbyPlayer player, LobbySession session)
        {
            own.nickname = player.DisplayName + party.Id + session.Id + LobbyGameTypes.Names[LobbyGameTypes.IndexOf(LobbyGameType.Coop)];
        }
    }
}
