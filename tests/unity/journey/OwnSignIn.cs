using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using AdventureBotLobby;

/// <summary>Ada's game has a sign-in of its own, with tokens of the studio's issuer. The first token has expired.</summary>
public static class OwnSignIn
{
    public static async Task PlayAsync(string url, params string[] tokens)
    {
        var issuer = new Issuer(tokens);
        var ada = new LobbyClient(new LobbyOptions(url) { TokenProvider = issuer });
        LobbyPlayer[] asked = await Task.WhenAll(ada.MeAsync(), ada.MeAsync());
        Program.Say("name", asked[0].DisplayName + "/" + asked[1].DisplayName);
        Program.Say("left", issuer.Left);
    }

    private sealed class Issuer : ITokenProvider
    {
        private readonly Queue<string> _tokens;

        public Issuer(IEnumerable<string> tokens)
        {
            _tokens = new Queue<string>(tokens);
        }

        public int Left
        {
            get { return _tokens.Count; }
        }

        public Task<ProvidedToken> GetTokenAsync(CancellationToken cancellation)
        {
            return Task.FromResult(new ProvidedToken(_tokens.Dequeue()));
        }
    }
}
