using System.Collections.Generic;
using System.Linq;
using AdventureBotLobby.Hosting;
using NUnit.Framework;

namespace AdventureBotLobby.Tests
{
    /// <summary>The calls of a host send the session, and the host's own term.</summary>
    public sealed class HostShortcutTests
    {
        private static readonly LobbySession Run = LobbySession.Read(new LobbyJsonReader("{\"id\":\"s\",\"players\":[]}"));

        private ClientFixture _fixture;

        [SetUp]
        public void SetUp()
        {
            _fixture = new ClientFixture();
        }

        [Test]
        public void An_endpoint_is_reported_for_a_term()
        {
            var here = new EndpointInput { Protocol = "udp", Address = "10.0.0.9", Port = 7777 };
            ILobbyHostClient lobby = Expecting("updateSession");

            Assert.IsFalse(ClientFixture.Done(lobby.ReportEndpointAsync(Run, 2, here)).IsRejected);

            Assert.IsTrue(Sent("\"sessionId\":\"s\"", "\"hostTerm\":2", "\"address\":\"10.0.0.9\"", "\"port\":7777"));
        }

        [Test]
        public void A_ticket_is_spent_for_a_term()
        {
            ILobbyHostClient lobby = Expecting("spendTicket");

            Assert.IsFalse(ClientFixture.Done(lobby.SpendTicketAsync(Run, 3, "shown")).IsRejected);

            Assert.IsTrue(Sent("\"sessionId\":\"s\"", "\"hostTerm\":3", "\"ticket\":\"shown\""));
        }

        [Test]
        public void Players_are_reported_for_a_term()
        {
            ILobbyHostClient lobby = Expecting("reportPlayers");

            Assert.IsFalse(ClientFixture.Done(lobby.ReportPlayersAsync(Run, 4, new List<string> { "ada" }, null)).IsRejected);

            Assert.IsTrue(Sent("\"sessionId\":\"s\"", "\"hostTerm\":4", "\"entered\":[\"ada\"]"));
            Assert.IsFalse(Sent("\"left\""));
        }

        private ILobbyHostClient Expecting(string field)
        {
            ILobbyHostClient lobby = _fixture.SignedIn();
            _fixture.Http.Answers(ClientFixture.Data(field, "{\"__typename\":\"SessionChanged\",\"seq\":1}"));
            return lobby;
        }

        private bool Sent(params string[] members)
        {
            return members.All(_fixture.Http.Requests.Last().Body.Contains);
        }
    }
}
