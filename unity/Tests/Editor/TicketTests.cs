using System;
using System.Threading.Tasks;
using AdventureBotLobby.Hosting;
using NUnit.Framework;

namespace AdventureBotLobby.Tests
{
    public sealed class TicketTests
    {
        // Signed with the private key of the bytes 0 to 31: player "ada", session "s1", host's term 3, valid for a minute.
        private const string Head = "eyJhbGciOiJFZERTQSIsImtpZCI6ImsxIiwidHlwIjoiSldUIn0";
        private const string Claims = "eyJpc3MiOiJhZHZlbnR1cmVib3QyLWxvYmJ5Iiwic3ViIjoiYWRhIiwic2Vzc2lvbiI6InMxIiwicGFydHkiOiJwMSIs"
            + "ImNsYXNzIjoiS25pZ2h0IiwidGVhbSI6Miwic2VlZCI6IjQ2MTE2ODYwMTg0MjczODc5MDQiLCJob3N0X3Rlcm0iOjMsImp0aSI6InQxIiwiaWF0Ijox"
            + "OTAwMDAwMDAwLCJleHAiOjE5MDAwMDAwNjB9";
        private const string Signature = "52upo6WYrZ8iIoYhs1j2iUfCwK9Q_pL-1oTQCcHQeoWV1SP4x8KL6Ab-GdpA_r1bU7dI3Q0b9lOQMzADrQL7CA";
        private const string Ticket = Head + "." + Claims + "." + Signature;

        // The same with the algorithm "none", and a receipt of session "s1", both signed with the same key.
        private const string OfNoAlgorithm = "eyJhbGciOiJub25lIiwia2lkIjoiazEiLCJ0eXAiOiJKV1QifQ." + Claims
            + ".mbn9AAS7iuzp-77_gGe7KFfbPGxQraNvt37kl2F-CKioZoyH3nmxIQPO5VxHBhBj25D4uAMZkOV8DH3PTqNfCQ";
        private const string Receipt = Head + ".eyJpc3MiOiJhZHZlbnR1cmVib3QyLWxvYmJ5Iiwic3ViIjoiczEiLCJwYXJ0eSI6InAxIiwic2VhdHMiOltdfQ."
            + "omA9kqKL8EragWf2UVyAtra3r35g_OBYo--4lVfJy2bNgnPs81pp09yvpGhY-kwqyCiIKhm3g5Cx3oYZIoWPCw";
        private const string Keys = "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"k0\",\"n\":\"AQAB\"},"
            + "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"k1\",\"x\":\"A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg\"}]}";

        private readonly DateTime _inTime = new DateTime(1970, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddSeconds(1900000059);
        private DateTime _now;
        private string _keySet;
        private int _downloads;

        [SetUp]
        public void SetUp()
        {
            _now = _inTime;
            _keySet = Keys;
            _downloads = 0;
        }

        [Test]
        public void A_ticket_tells_who_plays()
        {
            LobbyTicket ticket = Check(Ticket, "s1", 3).Ticket;
            Assert.AreEqual("ada/s1/Knight", ticket.PlayerId + "/" + ticket.SessionId + "/" + ticket.CharacterClass);
            Assert.AreEqual("2/4611686018427387904/3", ticket.Team + "/" + ticket.Seed + "/" + ticket.HostTerm);
        }

        [Test]
        public void A_ticket_for_something_else_lets_nobody_in()
        {
            Assert.AreEqual(TicketProblem.OtherSession, Check(Ticket, "s2", 3).Problem);
            Assert.AreEqual(TicketProblem.OtherHost, Check(Ticket, "s1", 2).Problem);
            Assert.AreEqual(TicketProblem.OtherHost, Check(Ticket, "s1", null).Problem);
            Assert.AreEqual(TicketProblem.OtherSession, Check(Receipt, "s1", 3).Problem);
            _now = _inTime.AddSeconds(1);
            Assert.AreEqual(TicketProblem.Expired, Check(Ticket, "s1", 3).Problem);
        }

        [Test]
        public void A_token_that_is_no_ticket_of_the_lobby_lets_nobody_in()
        {
            Assert.AreEqual(TicketProblem.Malformed, Check(OfNoAlgorithm, "s1", 3).Problem);
            Assert.AreEqual(TicketProblem.Malformed, Check(null, "s1", 3).Problem);
            Assert.AreEqual(TicketProblem.Malformed, Check("a.b", "s1", 3).Problem);
            Assert.AreEqual(TicketProblem.Malformed, Check("é.e30.e30", "s1", 3).Problem);
            Assert.AreEqual(TicketProblem.Malformed, Check(new string('a', TicketVerifier.TicketMax + 1), "s1", 3).Problem);
            Assert.AreEqual(TicketProblem.BadSignature, Check(Head + "." + Claims + "." + Signature.Replace("52up", "62up"), "s1", 3).Problem);
            Assert.AreEqual(TicketProblem.BadSignature, Check(Head + "." + Claims + ".", "s1", 3).Problem);
        }

        [Test]
        public void A_key_that_is_not_known_is_asked_for_once_in_five_seconds()
        {
            _keySet = "{\"keys\":[]}";
            TicketKeys keys = NewKeys();
            for (int i = 0; i < 10; i++) Assert.AreEqual(TicketProblem.UnknownKey, Check(Ticket, "s1", 3, keys).Problem);
            Assert.AreEqual(1, _downloads);
            _keySet = Keys;
            _now = _now.AddSeconds(-5);
            Assert.AreEqual(TicketProblem.UnknownKey, Check(Ticket, "s1", 3, keys).Problem);
            _now = _inTime.AddSeconds(-50);
            keys = NewKeys();
            for (int i = 0; i < 10; i++) Assert.AreEqual(TicketProblem.None, Check(Ticket, "s1", 3, keys).Problem);
            Assert.AreEqual(2, _downloads);
        }

        [Test]
        public void Keys_are_read_again_after_five_minutes_and_kept_without_an_answer()
        {
            _now = _inTime.AddMinutes(-20);
            TicketKeys keys = NewKeys();
            Check(Ticket, "s1", 3, keys);
            _now = _now.AddMinutes(4);
            Check(Ticket, "s1", 3, keys);
            Assert.AreEqual(1, _downloads);
            foreach (string answer in new[] { null, "<html>", "{\"keys\":[]" })
            {
                _keySet = answer;
                _now = _now.AddMinutes(5);
                Assert.AreEqual(TicketProblem.None, Check(Ticket, "s1", 3, keys).Problem);
            }
            Assert.AreEqual(4, _downloads);
        }

        private TicketKeys NewKeys()
        {
            return new TicketKeys(
                () =>
                {
                    _downloads++;
                    return Task.FromResult(_keySet);
                },
                () => _now);
        }

        private TicketCheck Check(string token, string sessionId, int? term, TicketKeys keys = null)
        {
            var verifier = new TicketVerifier(keys ?? NewKeys(), () => _now);
            return verifier.CheckAsync(token, sessionId, term).GetAwaiter().GetResult();
        }
    }
}
