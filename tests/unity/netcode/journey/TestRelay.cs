using System.Threading.Tasks;
using AdventureBotLobby.Netcode;
using Unity.Netcode.Transports.UTP;

/// <summary>A relay whose join codes are ports of this machine.</summary>
internal sealed class TestRelay : INetcodeRelay
{
    private const ushort Port = 7861;

    public async Task<string> HostAsync(UnityTransport transport, int players)
    {
        await Task.Yield();
        transport.SetConnectionData("127.0.0.1", Port);
        return "R" + Port;
    }

    public async Task JoinAsync(UnityTransport transport, string joinCode)
    {
        await Task.Yield();
        transport.SetConnectionData("127.0.0.1", ushort.Parse(joinCode.Substring(1)));
    }
}
