using NUnit.Framework;

namespace AdventureBotLobby.Tests
{
    /// <summary>Responses of a server that is newer than the package, or that omits members.</summary>
    public sealed class AnswerTests
    {
        [Test]
        public void An_unknown_value_of_an_enum_is_Unknown()
        {
            LobbyParty party = LobbyParty.Read(new LobbyJsonReader("{\"id\":\"x\",\"state\":\"FROZEN\"}"));

            Assert.AreEqual(PartyState.Unknown, party.State);
        }

        [Test]
        public void A_nullable_enum_separates_null_from_Unknown()
        {
            Assert.IsNull(Event("{\"__typename\":\"Heartbeat\"}").LeaveReason);
            Assert.AreEqual(LeaveReason.Unknown, Event("{\"leaveReason\":\"ABDUCTED\"}").LeaveReason);
            Assert.AreEqual(LeaveReason.TimedOut, Event("{\"leaveReason\":\"TIMED_OUT\"}").LeaveReason);
        }

        [Test]
        public void An_event_of_an_unknown_kind_has_the_party()
        {
            PartyEvent news = Event("{\"__typename\":\"MemberDanced\",\"seq\":7,\"dance\":{\"steps\":[1,2]},\"party\":{\"id\":\"x\"}}");

            Assert.AreEqual(PartyEventKind.Unknown, news.Kind);
            Assert.AreEqual("MemberDanced", news.Typename);
            Assert.AreEqual(7, news.Seq);
            Assert.AreEqual("x", news.Party.Id);
        }

        [Test]
        public void The_details_of_an_event_have_the_members_of_its_kind()
        {
            PartyEvent left = Event("{\"__typename\":\"MemberLeft\",\"player\":{\"id\":\"b\"},\"leaveReason\":\"KICKED\"}");
            var details = (MemberLeftEvent)left.Details;

            Assert.AreEqual("b", details.Player.Id);
            Assert.AreEqual(LeaveReason.Kicked, details.LeaveReason);
            Assert.IsTrue(ReferenceEquals(left, details.Event));
            Assert.IsNull(Event("{\"__typename\":\"MemberDanced\"}").Details);
        }

        [Test]
        public void A_missing_member_of_an_event_is_null_and_not_zero()
        {
            PartyEvent news = Event("{\"__typename\":\"MemberLeft\",\"seq\":7,\"actorId\":null}");

            Assert.AreEqual(PartyEventKind.MemberLeft, news.Kind);
            Assert.IsNull(news.ActorId);
            Assert.IsNull(news.Term);
            Assert.IsNull(news.StartsAt);
            Assert.IsNull(news.Party);
        }

        [Test]
        public void A_union_is_read_by_its_typename()
        {
            var changed = Result("{\"__typename\":\"PartyChanged\",\"seq\":3,\"party\":{\"id\":\"x\"}}");
            var rejected = Result("{\"code\":\"PARTY_FULL\",\"current\":{\"id\":\"x\"},\"__typename\":\"Rejection\"}");

            Assert.AreEqual("x", changed.Value.Party.Id);
            Assert.IsFalse(changed.IsRejected);
            Assert.IsNull(rejected.Value);
            Assert.AreEqual(RejectionCode.PartyFull, rejected.Rejection.Code);
            Assert.AreEqual("x", rejected.Rejection.Current.Id);
        }

        [Test]
        public void An_unknown_rejection_code_keeps_its_message()
        {
            LobbyRejection no = Result("{\"__typename\":\"Rejection\",\"code\":\"FULL_MOON\",\"message\":\"Come back.\"}").Rejection;

            Assert.AreEqual(RejectionCode.Unknown, no.Code);
            Assert.AreEqual("Come back.", no.Message);
        }

        [Test]
        public void An_unknown_member_of_a_union_is_an_error_that_names_it()
        {
            var fixture = new ClientFixture();
            LobbyClient client = fixture.SignedIn();
            fixture.Http.Answers(ClientFixture.Data("leaveParty", "{\"__typename\":\"Postponed\",\"until\":12}"));

            var error = Assert.Throws<LobbyException>(() => ClientFixture.Done(client.LeavePartyAsync(new PartyActionInput { PartyId = "x" })));

            Assert.AreEqual(LobbyErrorCodes.MalformedAnswer, error.Code);
            Assert.IsTrue(error.Message.Contains("Postponed"));
        }

        private static PartyEvent Event(string json)
        {
            return PartyEvent.Read(new LobbyJsonReader(json));
        }

        private static LobbyResult<PartyChanged> Result(string json)
        {
            return LobbyResult<PartyChanged>.Read(new LobbyJsonReader(json), "PartyChanged", r => PartyChanged.Read(r));
        }
    }
}
