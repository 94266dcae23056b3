using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using AdventureBotLobby.Hosting;

namespace AdventureBotLobby.Tests
{
    /// <summary>A network of a game that lets every player in, and records the tickets.</summary>
    internal sealed class ScriptedNetwork : IGameNetwork
    {
        public readonly List<string> Tickets = new List<string>();

        public event Action<string> Lost;

        public Task<EndpointInput> HostAsync(RunHost host, string ownPlayerId)
        {
            return Task.FromResult(new EndpointInput { Protocol = "udp", Address = "127.0.0.1", Port = 7777 });
        }

        public Task<string> JoinAsync(LobbyEndpoint endpoint, string ticket)
        {
            Tickets.Add(ticket);
            return Task.FromResult<string>(null);
        }

        public void Drop(ulong clientId, string reason)
        {
        }

        public void Stop()
        {
        }

        public void Lose(string why)
        {
            if (Lost != null) Lost(why);
        }
    }
}
