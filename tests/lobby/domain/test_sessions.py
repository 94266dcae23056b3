"""A session from its beginning to its end: the players inside, its changes, and its end."""

from __future__ import annotations

import pytest

from lobby.domain import commands as c
from lobby.domain.events import MemberLeft, SessionEnded, SessionStarted, SessionUpdated
from lobby.domain.model import Attribute, Endpoint
from lobby.domain.rejections import RejectionCode
from lobby.domain.values import Attester, GameType, LeaveReason, PartyState, SessionStatus
from tests.lobby.domain.scenes import Scene, player

ANN, BOB, CID = player("ann"), player("bob"), player("cid")
SERVER = Endpoint("udp", address="play.example", port=7777)
RELAY = Endpoint("relay", relay_code="JKL789")


def test_the_session_begins_with_its_endpoint_at_starts_at() -> None:
    scene = Scene("ann").starts().after(5).begins(SERVER)

    assert scene.events == [SessionStarted(SERVER)]
    assert (scene.party.state, scene.party.starts_at) == (PartyState.IN_PROGRESS, None)
    assert (scene.session.status, scene.session.endpoint) == (SessionStatus.IN_PROGRESS, SERVER)
    assert scene.session.started_at == scene.at


def test_a_session_does_not_begin_before_starts_at() -> None:
    assert Scene("ann").starts().after(4.999).begins().events == []


def test_a_session_begins_once() -> None:
    assert Scene("ann").starts().after(5).begins().begins(SERVER).events == []


def test_a_session_that_was_cancelled_does_not_begin() -> None:
    assert Scene("ann").starts().cancels().after(5).does(c.BeginSession("session-1")).events == []


def test_the_endpoint_of_a_cancelled_session_does_not_begin_the_next_one() -> None:
    assert Scene("ann").starts().cancels().starts().after(5).does(c.BeginSession("session-1")).events == []


def test_a_late_endpoint_begins_the_session_late() -> None:
    assert Scene("ann").starts().after(40).begins(SERVER).party.state is PartyState.IN_PROGRESS


def test_leaving_the_session_keeps_the_member_in_the_party() -> None:
    scene = Scene("ann", "bob").running().does(c.LeaveSession(BOB, "session-1"))

    assert scene.events == [SessionUpdated(1, None, (), (ANN,))]
    assert scene.names == ["ann", "bob"]


def test_leaving_the_session_from_outside_changes_nothing() -> None:
    scene = Scene("ann", "bob").running().does(c.LeaveSession(BOB, "session-1"))

    assert scene.does(c.LeaveSession(BOB, "session-1")).events == []


def test_the_last_player_who_leaves_abandons_the_session() -> None:
    scene = Scene("ann", "bob").running()
    scene.does(c.LeaveSession(BOB, "session-1")).after(9).does(c.LeaveSession(ANN, "session-1"))

    assert scene.events == [SessionEnded(SessionStatus.ABANDONED, None)]
    assert (scene.party.state, scene.session.ended_at) == (PartyState.WAITING, scene.at)


def test_the_last_player_who_leaves_the_party_abandons_the_session() -> None:
    scene = Scene("ann", "bob").running().does(c.LeaveSession(ANN, "session-1")).leaves("bob")

    assert scene.events == [SessionEnded(SessionStatus.ABANDONED, None), MemberLeft(BOB, LeaveReason.LEFT)]
    assert scene.party.state is PartyState.WAITING


def test_the_last_player_who_times_out_abandons_the_session() -> None:
    scene = Scene("ann", "bob").running().does(c.LeaveSession(ANN, "session-1"))

    assert scene.disconnects("bob").after(120).deadlines().session.status is SessionStatus.ABANDONED


def test_a_member_can_enter_the_session_again() -> None:
    scene = Scene("ann", "bob").running().does(c.LeaveSession(ANN, "session-1")).does(c.JoinSession(ANN, "session-1"))

    assert scene.session.players == (BOB, ANN)


def test_entering_the_session_twice_changes_nothing() -> None:
    assert Scene("ann").running().does(c.JoinSession(ANN, "session-1")).events == []


def test_entering_again_is_not_a_late_join() -> None:
    scene = Scene("ann", "bob").running().does(c.LeaveSession(BOB, "session-1")).does(c.JoinSession(BOB, "session-1"))

    assert not scene.member("bob").late_join


@pytest.mark.parametrize(
    "command",
    [
        c.JoinSession(ANN, "session-1"),
        c.LeaveSession(ANN, "session-1"),
        c.UpdateSession(ANN, "session-1", floor=2),
        c.CompleteSession(ANN, "session-1"),
        c.UpdateSession(None, "session-1", floor=2),
        c.CompleteSession(None, "session-1"),
    ],
    ids=repr,
)
def test_commands_for_an_ended_session_are_rejected(command: c.Command) -> None:
    rejection = Scene("ann").running().completes().running().rejection(command)

    assert (rejection.code, rejection.retryable) == (RejectionCode.SESSION_NOT_ACTIVE, False)


def test_completing_a_session_ends_it_and_clears_ready() -> None:
    scene = Scene("ann", "bob").ready("ann", "bob").running().after(60).completes(outcome=" victory ")

    assert scene.events == [SessionEnded(SessionStatus.COMPLETE, "victory", Attester.GAME_SERVER)]
    assert (scene.party.state, scene.party.session) == (PartyState.WAITING, None)
    assert (scene.session.outcome, scene.session.ended_at) == ("victory", scene.at)
    assert [scene.is_ready("ann"), scene.is_ready("bob")] == [False, False]


def test_a_session_remembers_who_attests_its_end_and_its_entries() -> None:
    scene = Scene("ann", "bob").running().does(c.CompleteSession(player("ann"), "session-1"))
    session = scene.session
    assert session.attested_by is Attester.LEADER
    assert (session.first_seq, session.last_seq) == (3, scene.party.version)
    left = Scene("ann").running().does(c.LeaveSession(player("ann"), "session-1")).session
    assert (left.status, left.attested_by) == (SessionStatus.ABANDONED, None)


def test_an_abandoned_session_clears_ready_too() -> None:
    scene = Scene("ann", "bob").ready("bob").running().completes(SessionStatus.ABANDONED)

    assert (scene.session.status, scene.is_ready("bob")) == (SessionStatus.ABANDONED, False)


@pytest.mark.parametrize("outcome", ["", " ", "x" * 65, "two\nlines"])
def test_an_outcome_has_1_to_64_characters(outcome: str) -> None:
    rejection = Scene("ann").running().rejection(c.CompleteSession(ANN, "session-1", outcome))

    assert (rejection.code, rejection.field) == (RejectionCode.INVALID_INPUT, "outcome")


def test_an_ended_session_is_the_latest_until_the_next_start() -> None:
    scene = Scene("ann").running().completes()
    assert scene.session.id == "session-1"

    assert scene.starts().session.id == "session-2"


def test_a_session_keeps_the_settings_of_its_start() -> None:
    scene = Scene("ann", "bob").running().sets(difficulty="Hard", game_type=GameType.PVP)

    assert (scene.session.difficulty, scene.session.game_type) == ("Easy", GameType.COOP)


def test_floor_endpoint_and_attributes_can_be_reported_separately() -> None:
    scene = Scene("ann").running()
    scene.does(c.UpdateSession(ANN, "session-1", floor=3))
    scene.does(c.UpdateSession(None, "session-1", endpoint=SERVER))
    scene.does(c.UpdateSession(ANN, "session-1", attributes=(("seed", "7"),)))

    assert scene.events == [SessionUpdated(3, SERVER, (Attribute("seed", "7"),), (ANN,))]
    assert (scene.session.floor, scene.session.endpoint) == (3, SERVER)
    assert scene.session.attributes == (Attribute("seed", "7"),)


def test_a_report_without_news_has_no_event() -> None:
    scene = Scene("ann").running().does(c.UpdateSession(ANN, "session-1", floor=3, endpoint=RELAY))

    assert scene.does(c.UpdateSession(ANN, "session-1", floor=3, endpoint=RELAY)).events == []


@pytest.mark.parametrize("floor", [-1, 0, 1_000_001])
def test_the_floor_is_1_to_1000000(floor: int) -> None:
    rejection = Scene("ann").running().rejection(c.UpdateSession(ANN, "session-1", floor=floor))

    assert (rejection.code, rejection.field) == (RejectionCode.INVALID_INPUT, "floor")


def test_a_relay_code_has_no_address() -> None:
    scene = Scene("ann").running().does(c.UpdateSession(ANN, "session-1", endpoint=RELAY))

    assert scene.session.endpoint == RELAY


@pytest.mark.parametrize(
    ("endpoint", "field"),
    [
        (Endpoint("carrier-pigeon", address="play.example", port=7777), "endpoint.protocol"),
        (Endpoint("udp"), "endpoint"),
        (Endpoint("udp", address="play.example", port=7777, relay_code="JKL789"), "endpoint"),
        (Endpoint("udp", address="play.example"), "endpoint.port"),
        (Endpoint("udp", address="play.example", port=0), "endpoint.port"),
        (Endpoint("udp", address="play.example", port=65_536), "endpoint.port"),
        (Endpoint("udp", address="", port=7777), "endpoint.address"),
        (Endpoint("udp", address="two\nlines", port=7777), "endpoint.address"),
        (Endpoint("udp", address="x" * 256, port=7777), "endpoint.address"),
        (Endpoint("relay", relay_code=""), "endpoint.relay_code"),
    ],
)
def test_an_invalid_endpoint_is_rejected(endpoint: Endpoint, field: str) -> None:
    rejection = Scene("ann").running().rejection(c.UpdateSession(ANN, "session-1", endpoint=endpoint))

    assert (rejection.code, rejection.field) == (RejectionCode.INVALID_INPUT, field)


def test_a_session_has_at_most_20_attributes() -> None:
    many = tuple((f"key{number}", "") for number in range(21))
    rejection = Scene("ann").running().rejection(c.UpdateSession(ANN, "session-1", attributes=many))

    assert (rejection.code, rejection.field) == (RejectionCode.INVALID_INPUT, "attributes")


def test_a_new_leader_can_report_for_the_session() -> None:
    scene = Scene("ann", "bob").running().promotes("bob").does(c.UpdateSession(BOB, "session-1", floor=2))

    assert scene.session.floor == 2


def test_a_player_who_enters_is_last_in_the_order_of_entering() -> None:
    scene = Scene("ann", "bob").running().joins("cid").leaves("bob").joins("bob")

    assert scene.session.players == (ANN, CID, BOB)


def test_a_player_who_left_the_session_stays_outside() -> None:
    scene = Scene("ann", "bob", "cid").running().does(c.LeaveSession(BOB, "session-1")).leaves("cid").joins("dee")

    assert scene.session.players == (ANN, player("dee"))
