using System.Text.RegularExpressions;
using System.Threading;
using System.Threading.Tasks;
using AdventureBotLobby;

/// <summary>Ada's package has another version than the server, which knows none of her documents by hash.</summary>
public static class UnknownHash
{
    public static async Task PlayAsync(string url)
    {
        var http = new OtherVersion();
        var ada = new LobbyClient(new LobbyOptions(url) { Http = http, CredentialStore = new MemoryCredentialStore() });
        await ada.SignInAsGuestAsync("Ada");
        LobbyParty party = (await ada.CreatePartyAsync(new CreatePartyInput())).Value.Party;
        Program.Say("members", party.MemberCount);
        Program.Say("requests", http.Requests);
    }

    private sealed class OtherVersion : ILobbyHttp
    {
        private static readonly Regex _hash = new Regex("sha256:[0-9a-f]{4}");
#if UNITY_2021_3_OR_NEWER
        private readonly ILobbyHttp _real = new UnityHttp();
#else
        private readonly ILobbyHttp _real = new ClientHttp();
#endif

        public int Requests { get; private set; }

        public Task<LobbyHttpAnswer> PostAsync(LobbyHttpRequest request, CancellationToken cancellation)
        {
            Requests++;
            string body = _hash.Replace(request.Body, "sha256:0000");
            var changed = new LobbyHttpRequest(request.Url, body, request.AccessToken, request.TimeoutSeconds);
            return _real.PostAsync(changed, cancellation);
        }
    }
}
