using System.Linq;
using System.Threading.Tasks;
using AdventureBotLobby;

/// <summary>Ada sends mutations over two connections that lose responses, and checks the outcome over a good one.</summary>
public static class LostAnswer
{
    public static async Task PlayAsync(string url, string badUrl, string otherBadUrl)
    {
        var store = new MemoryCredentialStore();
        LobbyClient ada = By(url, store);
        await ada.SignInAsGuestAsync("Ada");

        PartyChanged created = (await By(badUrl, store).CreatePartyAsync(new CreatePartyInput())).Value;
        string partyId = created.Party.Id;
        var words = new PostMessageInput { PartyId = partyId, Text = "once" };
        PartyChanged said = (await By(otherBadUrl, store).PostMessageAsync(words)).Value;
        Program.Say("replayed", created.Replayed + "/" + said.Replayed);

        Program.Say("same-party", (await ada.MyPartyAsync()).Id == partyId);
        var history = await ada.PartyHistoryAsync(partyId);
        Program.Say("messages", history.Count(each => each.Kind == PartyEventKind.MessagePosted));
    }

    private static LobbyClient By(string url, ICredentialStore store)
    {
        return new LobbyClient(new LobbyOptions(url) { CredentialStore = store });
    }
}
