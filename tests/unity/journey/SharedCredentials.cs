using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;
using AdventureBotLobby;

/// <summary>
/// One game of several that use one store of credentials: asks for its player until its time is over, and it has had a number
/// of tokens.
/// </summary>
public static class SharedCredentials
{
    /// <summary>On a busy machine the tokens need longer than the time.</summary>
    private const int SecondsMore = 40;

    public static async Task PlayAsync(string url, string path, int seconds, int tokensMin)
    {
        var options = new LobbyOptions(url) { CredentialStore = new FileCredentialStore(path), LogLevel = LobbyLogLevel.Off };
        options.Retries.TimeoutSeconds = 2;
        var lobby = new LobbyClient(options);
        int signedOut = 0, failed = 0, others = 0, calls = 0;
        lobby.SignedOut += () => signedOut++;
        if (lobby.Player == null) await lobby.SignInAsGuestAsync("Ada");
        string id = lobby.Player.Id;
        var tokens = new HashSet<string>();
        Stopwatch played = Stopwatch.StartNew();
        while (signedOut == 0)
        {
            double playedSeconds = played.Elapsed.TotalSeconds;
            bool isEnough = playedSeconds >= seconds && tokens.Count >= tokensMin;
            if (isEnough || playedSeconds > seconds + SecondsMore) break;
            try
            {
                others += (await lobby.MeAsync()).Id == id ? 0 : 1;
                tokens.Add(await lobby.Tokens.GetAsync(CancellationToken.None));
                calls++;
            }
            catch (LobbyException)
            {
                failed++;
            }
            await Task.Delay(20);
        }
        Program.Say("player", id);
        Program.Say("signed-out", signedOut);
        Program.Say("others", others);
        Program.Say("failed", failed);
        Program.Say("calls", calls);
        Program.Say("tokens", tokens.Count);
    }
}
