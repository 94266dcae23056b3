"""The host of a run: who hosts, what only the host may do, and when a host is lost."""

from __future__ import annotations

import pytest

from lobby.domain import commands as c
from lobby.domain.bounds import Bounds
from lobby.domain.events import HostLost, MemberLeft, SessionStarted, SessionUpdated
from lobby.domain.model import SessionHost
from lobby.domain.rejections import RejectionCode
from lobby.domain.rules.presence_and_deadlines import next_deadline
from lobby.domain.values import HostChangeReason, LeaveReason, SessionStatus
from tests.lobby.domain.hosted_scenes import ANN, BOB, CID, FIRST, ID, SECOND, hosted, lost_to, reports
from tests.lobby.domain.scenes import Scene, player

# -- who hosts


def test_the_leader_is_the_host_of_a_session_without_a_game_server() -> None:
    scene = Scene("ann", "bob").running(is_hosted=True)

    assert scene.events == [SessionStarted(None, None, ANN)]
    assert scene.session.host == SessionHost(ANN, 1, scene.at)


def test_a_session_of_an_allocated_game_server_has_no_host() -> None:
    assert Scene("ann").running().session.host is None


def test_the_host_stays_when_another_member_leads() -> None:
    scene = hosted("ann", "bob").promotes("bob")

    assert scene.session.host == SessionHost(ANN, 1, scene.at)
    assert scene.does(reports("ann", 1)).session.endpoint == SECOND


def test_an_ended_session_shows_its_last_host() -> None:
    host = hosted("ann", "bob").completes().session.host

    assert host is not None
    assert host.player == ANN


# -- who may report


def test_a_leader_who_hosts_may_report_without_a_term() -> None:
    assert hosted("ann", "bob").does(reports("ann", None)).session.endpoint == SECOND


def test_a_leader_who_does_not_host_cannot_report_an_endpoint() -> None:
    rejection = hosted("ann", "bob").promotes("bob").rejection(reports("bob", None))

    assert (rejection.code, rejection.field) == (RejectionCode.NOT_HOST, "host_term")


def test_a_leader_who_does_not_host_may_change_the_floor_and_end_the_session() -> None:
    scene = hosted("ann", "bob").promotes("bob").does(c.UpdateSession(BOB, ID, floor=3))

    assert (scene.session.floor, scene.session.endpoint) == (3, FIRST)
    assert scene.does(c.CompleteSession(BOB, ID)).session.status is SessionStatus.COMPLETE


@pytest.mark.parametrize(("name", "term"), [("ann", 0), ("ann", 2), ("bob", 2)])
def test_a_report_with_another_term_shows_the_session_as_it_is(name: str, term: int) -> None:
    scene = hosted("ann", "bob")
    rejection = scene.rejection(reports(name, term))

    assert (rejection.code, rejection.current) == (RejectionCode.HOST_CHANGED, scene.party)


def test_another_player_cannot_report_with_the_term_of_the_host() -> None:
    assert hosted("ann", "bob").rejection(reports("bob", 1)).code is RejectionCode.NOT_HOST


def test_nobody_has_a_term_where_a_game_server_runs_the_session() -> None:
    assert Scene("ann").running().rejection(reports("ann", 1)).code is RejectionCode.NOT_HOST


def test_a_stranger_with_a_term_learns_nothing() -> None:
    assert hosted("ann").rejection(reports("eve", 1)).code is RejectionCode.NOT_MEMBER


@pytest.mark.parametrize(
    "command",
    [
        c.SpendTicket(ID, "ticket", "bob", ID, 2_000_000_000_000, ANN, 1, ticket_host_term=1),
        c.ReportPlayers(ID, entered=("bob",), actor=ANN, host_term=1),
        c.UpdateSession(ANN, ID, floor=2, host_term=1),
        c.CompleteSession(ANN, ID, "victory", host_term=1),
        c.CompleteSession(ANN, ID, "victory"),
    ],
    ids=repr,
)
def test_a_host_who_does_not_lead_does_what_a_game_server_does(command: c.Command) -> None:
    assert hosted("ann", "bob").promotes("bob").does(command).events


@pytest.mark.parametrize(
    ("name", "term", "code"),
    [
        ("ann", 2, RejectionCode.HOST_CHANGED),
        ("bob", 1, RejectionCode.NOT_HOST),
        ("bob", 7, RejectionCode.HOST_CHANGED),
    ],
)
def test_others_cannot_do_what_a_game_server_does(name: str, term: int, code: RejectionCode) -> None:
    scene, actor = hosted("ann", "bob"), player(name)
    commands = (
        c.SpendTicket(ID, "ticket", "bob", ID, 2_000_000_000_000, actor, term),
        c.ReportPlayers(ID, entered=("bob",), actor=actor, host_term=term),
        c.CompleteSession(actor, ID, host_term=term),
    )

    assert [scene.rejection(command).code for command in commands] == [code] * 3


def test_a_member_who_does_not_host_cannot_end_the_session() -> None:
    assert hosted("ann", "bob").rejection(c.CompleteSession(BOB, ID)).code is RejectionCode.NOT_LEADER


# -- a host is lost


def test_a_host_who_leaves_the_session_is_lost_at_once() -> None:
    scene = hosted("ann", "bob", "cid").does(c.LeaveSession(ANN, ID))

    lost = HostLost(ANN, HostChangeReason.HOST_LEFT, 2, ("ann", "bob"), BOB, scene.at + 15_000)
    assert scene.events == [SessionUpdated(1, FIRST, (), (BOB, CID)), lost]
    assert (scene.session.host, scene.session.endpoint) == (None, None)


def test_a_host_who_leaves_the_party_is_lost_at_once() -> None:
    scene = hosted("ann", "bob", "cid").leaves("ann")

    assert MemberLeft(ANN, LeaveReason.LEFT) in scene.events
    assert (type(scene.events[-1]), lost_to(scene)) == (HostLost, "bob")


def test_a_host_who_is_kicked_is_lost_at_once() -> None:
    scene = hosted("ann", "bob", "cid").promotes("bob").kicks("ann")

    assert (type(scene.events[-1]), lost_to(scene)) == (HostLost, "bob")


def test_a_host_who_yields_stays_in_the_session() -> None:
    scene = hosted("ann", "bob").does(c.YieldHost(ANN, ID))

    assert scene.events == [HostLost(ANN, HostChangeReason.HOST_YIELDED, 2, ("ann", "bob"), BOB, scene.at + 15_000)]
    assert scene.session.players == (ANN, BOB)


def test_only_the_host_can_yield() -> None:
    assert hosted("ann", "bob").rejection(c.YieldHost(BOB, ID)).code is RejectionCode.NOT_HOST


def test_a_host_cannot_yield_to_nobody() -> None:
    rejection = hosted("ann", "bob").disconnects("bob").rejection(c.YieldHost(ANN, ID))

    assert (rejection.code, rejection.retryable) == (RejectionCode.NOT_READY, True)


def test_a_disconnected_host_is_lost_after_its_grace() -> None:
    scene = hosted("ann", "bob", "cid").disconnects("ann")
    assert next_deadline(scene.party, scene.bounds) == scene.at + 10_000
    assert scene.after(9.999).deadlines().events == []

    scene.after(0.001).deadlines()
    lost = HostLost(ANN, HostChangeReason.HOST_DISCONNECTED, 2, ("ann", "bob"), BOB, scene.at + 15_000)
    assert scene.events == [lost]
    assert scene.session.players == (ANN, BOB, CID)


def test_a_host_who_returns_within_the_grace_stays_the_host() -> None:
    scene = hosted("ann", "bob").disconnects("ann").after(9).returns("ann").after(60).deadlines()

    assert (scene.events, scene.does(reports("ann", 1)).session.endpoint) == ([], SECOND)


def test_nothing_is_lost_while_nobody_else_is_connected() -> None:
    scene = hosted("ann", "bob").disconnects("bob", "ann").after(60).deadlines()
    assert scene.events == []

    scene.returns("bob").after(9.999).deadlines()
    assert scene.events == []
    assert scene.after(0.001).deadlines().session.migration is not None


def test_a_player_who_is_alone_stays_the_host() -> None:
    scene = hosted("ann").disconnects("ann").after(60).deadlines().returns("ann")

    assert scene.does(reports("ann", 1)).session.endpoint == SECOND


def test_the_grace_of_a_host_begins_anew_when_the_server_starts() -> None:
    scene = hosted("ann", "bob").disconnects("ann").after(60)
    up_since = scene.at

    assert scene.after(9.999).deadlines(up_since).events == []
    assert scene.after(0.001).deadlines(up_since).session.migration is not None


def test_a_host_who_was_disconnected_at_the_start_gets_the_whole_grace() -> None:
    scene = Scene("ann", "bob", bounds=Bounds(grace_starting_ms=60_000)).starts(force=True).disconnects("ann").after(5)
    scene.begins(is_hosted=True)

    assert scene.after(9.999).deadlines().session.host is not None
    assert scene.after(0.001).deadlines().session.host is None


def test_a_player_who_has_left_the_session_is_not_asked() -> None:
    scene = hosted("ann", "bob", "cid").does(c.LeaveSession(BOB, ID)).does(c.LeaveSession(ANN, ID))

    assert lost_to(scene) == "cid"


# -- game servers


@pytest.mark.parametrize(
    "takes",
    [c.Heartbeat(ID), c.UpdateSession(None, ID, endpoint=SECOND), c.UpdateSession(None, ID, endpoint=FIRST)],
    ids=repr,
)
def test_a_game_server_that_takes_the_session_ends_the_hosting(takes: c.Command) -> None:
    scene = hosted("ann", "bob").does(takes)

    assert (scene.session.host, scene.session.migration) == (None, None)
    assert scene.disconnects("ann").after(30).deadlines().session.endpoint is not None
    assert scene.rejection(reports("ann", 1)).code is RejectionCode.NOT_HOST


def test_a_game_server_can_take_the_session_while_a_host_is_being_found() -> None:
    scene = hosted("ann", "bob").does(c.YieldHost(ANN, ID)).does(c.UpdateSession(None, ID, endpoint=FIRST))

    assert (scene.session.endpoint, scene.session.migration) == (FIRST, None)
    assert scene.after(60).deadlines().session.status is SessionStatus.IN_PROGRESS


def test_a_report_of_players_with_the_service_key_leaves_the_host() -> None:
    scene = hosted("ann", "bob").does(c.ReportPlayers(ID, entered=("bob",)))

    assert scene.session.host is not None
