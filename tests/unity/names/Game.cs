// A game's code beside its own types of the same names, with the one line that the package recommends.
using System.Threading.Tasks;
using AdventureBotLobby;

public class OutsideOfNamespaces
{
    public readonly Player own = new Player { nickname = "Ada" };
    public readonly GameType chosen = GameType.Coop;
    public Session session;
    public Party party;
    public LobbyClient client;

    public async Task<LobbyParty> CreateAsync(LobbyManager manager, Lobby screen)
    {
        LobbyGameType type = LobbyGameTypes.All[(int)chosen];
        var settings = new PartySettingsInput { GameType = type, Visibility = LobbyVisibility.Public };
        LobbyResult<PartyChanged> created = await client.CreatePartyAsync(new CreatePartyInput { Settings = settings });
        LobbyRejection no = created.Rejection;
        LobbyPlayer me = client.Player;
        LobbySession running = created.Value.Party.Session;
        LobbyMember member = created.Value.Party.Find(me.Id);
        own.nickname = no == null && running == null ? member.Player.DisplayName : no.Message;
        return created.Value.Party;
    }
}

namespace AdventureBot2
{
    public class InItsNamespace
    {
        public readonly Player own = new Player { nickname = "Ada" };
        public readonly GameType chosen = GameType.Coop;
        public Session session;
        public Party party;
        public LobbyClient client;

        public async Task<LobbyParty> CreateAsync(LobbyManager manager, Lobby screen)
        {
            LobbyGameType type = LobbyGameTypes.All[(int)chosen];
            var settings = new PartySettingsInput { GameType = type, Visibility = LobbyVisibility.Public };
            LobbyResult<PartyChanged> created = await client.CreatePartyAsync(new CreatePartyInput { Settings = settings });
            LobbyRejection no = created.Rejection;
            LobbyPlayer me = client.Player;
            LobbySession running = created.Value.Party.Session;
            LobbyMember member = created.Value.Party.Find(me.Id);
            own.nickname = no == null && running == null ? member.Player.DisplayName : no.Message;
            return created.Value.Party;
        }
    }
}
