using System.Threading.Tasks;
using AdventureBot2.Lobby;

public static class Guests
{
    public static async Task<LobbyClient> SignedInAsync(string url, string name)
    {
        var client = new LobbyClient(new LobbyOptions(url) { CredentialStore = new MemoryCredentialStore() });
        await client.SignInAsGuestAsync(name);
        return client;
    }
}
