using System.Threading.Tasks;
using AdventureBotLobby;

public static class Guests
{
    /// <summary>A client with the platform's credential store.</summary>
    public static LobbyClient Of(string url, string name)
    {
        return new LobbyClient(new LobbyOptions(url) { Profile = name });
    }

    public static async Task<LobbyClient> SignedInAsync(string url, string name)
    {
        LobbyClient client = Of(url, name);
        await client.SignInAsGuestAsync(name);
        return client;
    }
}
