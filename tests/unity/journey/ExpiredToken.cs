using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using AdventureBotLobby;

/// <summary>Ada sends requests until her token has expired and afterwards, three at once when it expires.</summary>
public static class ExpiredToken
{
    public static async Task PlayAsync(string url)
    {
        LobbyClient ada = await Guests.SignedInAsync(url, "Ada");
        string id = ada.Player.Id;
        string first = await ada.Tokens.GetAsync(CancellationToken.None);
        string now = first;
        while (now == first)
        {
            LobbyPlayer[] asked = await Task.WhenAll(ada.MeAsync(), ada.MeAsync(), ada.MeAsync());
            if (asked.Any(player => player.Id != id)) Program.Say("another", "player");
            now = await ada.Tokens.GetAsync(CancellationToken.None);
            await Task.Delay(50);
        }
        Program.Say("same-player", (await ada.MeAsync()).Id == id);
    }
}
