using System.Threading.Tasks;
using AdventureBotLobby;

/// <summary>Ada starts the game again. Bram does so on the same device, with a profile of his own.</summary>
public static class ComesBack
{
    public static async Task PlayAsync(string url)
    {
        LobbyClient ada = await Guests.SignedInAsync(url, "Ada");
        LobbyClient bram = await Guests.SignedInAsync(url, "Bram");
        Program.Say("two", ada.Player.Id != bram.Player.Id);
        LobbyClient later = Guests.Of(url, "Ada");
        Program.Say("known", later.Player == null ? "nobody" : (await later.MeAsync()).DisplayName);
        later.SignOut();
        Program.Say("forgotten", Guests.Of(url, "Ada").Player == null);
    }
}
