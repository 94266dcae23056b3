using System;
using System.Collections.Generic;

namespace AdventureBotLobby.Tests
{
    /// <summary>The server's side of a connection, and the loop that the connection runs in.</summary>
    internal sealed class ScriptedServer : ISocket, ILoop
    {
        private const int TicksToOpen = 10;

        private readonly List<ILobbyTickable> _tickables = new List<ILobbyTickable>();
        private ISocketListener _listener;

        public LobbyConnection Connect(LobbyClient client)
        {
            var options = new LobbyConnectionOptions { Loop = this, NewSocket = () => this, Chance = new FixedRandom() };
            return new LobbyConnection(client, options);
        }

        public void Tick()
        {
            foreach (ILobbyTickable each in _tickables.ToArray()) each.Tick();
        }

        /// <summary>Acknowledges the connection, so that its streams subscribe.</summary>
        public void Acknowledge()
        {
            for (int tick = 0; _listener == null && tick < TicksToOpen; tick++) Tick();
            Say("{\"type\":\"connection_ack\"}");
        }

        /// <summary>Sends an entry of a party's log over the first stream.</summary>
        /// <param name="more">Members of JSON, each with a comma in front.</param>
        public void Show(string kind, int seq, string more)
        {
            Say(string.Format(
                "{{\"id\":\"1\",\"type\":\"next\",\"payload\":{{\"data\":{{\"partyEvents\":{{\"__typename\":\"{0}\",\"seq\":{1},"
                + "\"cursor\":\"c{1}\",\"at\":\"2026-11-25T12:00:00.000Z\"{2}}}}}}}}}", kind, seq, more));
        }

        public void Open(Uri address, string subprotocol, ISocketListener listener)
        {
            _listener = listener;
            listener.Opened();
        }

        public void Send(string text)
        {
        }

        public void Dispose()
        {
        }

        public void Add(ILobbyTickable each)
        {
            _tickables.Add(each);
        }

        public void Remove(ILobbyTickable each)
        {
            _tickables.Remove(each);
        }

        public void Wake()
        {
        }

        private void Say(string text)
        {
            _listener.Received(text);
            Tick();
        }
    }
}
