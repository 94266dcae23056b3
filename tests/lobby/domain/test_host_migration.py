"""How another player becomes the host of a run: the candidates one after the other, and what they may report."""

from __future__ import annotations

import pytest

from lobby.domain import commands as c
from lobby.domain.events import HostChanged, HostLost, SessionEnded, SessionGo, SessionUpdated
from lobby.domain.model import SessionHost
from lobby.domain.rejections import RejectionCode
from lobby.domain.values import Attester, HostChangeReason, PartyState, SessionStatus
from tests.lobby.domain.hosted_scenes import ANN, BOB, CID, FIRST, ID, SECOND, hosted, lost_to, reports
from tests.lobby.domain.scenes import Scene


def test_the_candidate_who_reports_an_endpoint_is_the_host() -> None:
    scene = hosted("ann", "bob", "cid").does(c.YieldHost(ANN, ID)).after(3).does(reports("bob", 2))

    assert scene.events == [HostChanged(BOB, 2, SECOND)]
    assert scene.session.host == SessionHost(BOB, 2, scene.at)
    assert (scene.session.endpoint, scene.session.migration) == (SECOND, None)


def test_the_candidate_may_report_more_than_the_endpoint() -> None:
    scene = hosted("ann", "bob").does(c.YieldHost(ANN, ID))
    scene.does(c.UpdateSession(BOB, ID, 4, SECOND, (("map", "crypt"),), host_term=2))

    assert [type(event) for event in scene.events] == [HostChanged, SessionUpdated]
    assert (scene.session.floor, scene.session.endpoint) == (4, SECOND)


def test_nobody_has_arrived_at_a_new_host() -> None:
    scene = hosted("ann", "bob").does(c.ReportPlayers(ID, entered=("ann", "bob"), actor=ANN, host_term=1))
    assert scene.session.arrived == ("ann", "bob")

    assert scene.does(c.YieldHost(ANN, ID)).does(reports("bob", 2)).session.arrived == ()


@pytest.mark.parametrize(
    ("name", "term", "code"),
    [
        ("ann", 1, RejectionCode.HOST_CHANGED),
        ("ann", None, RejectionCode.HOST_CHANGED),
        ("ann", 2, RejectionCode.NOT_HOST),
        ("cid", 2, RejectionCode.NOT_HOST),
        ("bob", 1, RejectionCode.HOST_CHANGED),
        ("bob", None, RejectionCode.NOT_LEADER),
    ],
)
def test_only_the_candidate_reports_while_a_host_is_being_found(
    name: str, term: int | None, code: RejectionCode
) -> None:
    assert hosted("ann", "bob", "cid").does(c.YieldHost(ANN, ID)).rejection(reports(name, term)).code is code


def test_a_candidate_has_to_report_an_endpoint_first() -> None:
    scene = hosted("ann", "bob").does(c.YieldHost(ANN, ID))
    commands = (
        c.UpdateSession(BOB, ID, floor=2, host_term=2),
        c.SpendTicket(ID, "ticket", "ann", ID, 2_000_000_000_000, BOB, 2),
        c.CompleteSession(BOB, ID, host_term=2),
    )

    assert {scene.rejection(command).code for command in commands} == {RejectionCode.NOT_HOST}


def test_the_reports_of_a_former_host_are_rejected() -> None:
    scene = hosted("ann", "bob").disconnects("ann").after(10).deadlines().does(reports("bob", 2)).returns("ann")

    assert [scene.rejection(reports("ann", term)).code for term in (1, None)] == [RejectionCode.HOST_CHANGED] * 2
    assert scene.rejection(reports("ann", 2)).code is RejectionCode.NOT_HOST


def test_a_former_host_may_become_the_host_again() -> None:
    scene = hosted("ann", "bob").does(c.YieldHost(ANN, ID)).does(reports("bob", 2)).does(c.YieldHost(BOB, ID))

    assert scene.does(reports("ann", 3, FIRST)).session.host == SessionHost(ANN, 3, scene.at)


def test_a_silent_candidate_is_followed_by_the_next() -> None:
    scene = hosted("ann", "bob", "cid", "dee").does(c.YieldHost(ANN, ID)).after(15).deadlines()

    asked = ("ann", "bob", "cid")
    assert scene.events == [HostLost(BOB, HostChangeReason.HOST_SILENT, 2, asked, CID, scene.at + 15_000)]
    assert scene.rejection(reports("bob", 2)).code is RejectionCode.NOT_HOST
    assert scene.does(reports("cid", 2)).session.host == SessionHost(CID, 2, scene.at)


def test_candidates_who_are_disconnected_are_passed_over() -> None:
    assert lost_to(hosted("ann", "bob", "cid").disconnects("bob").does(c.YieldHost(ANN, ID))) == "cid"


def test_a_candidate_who_leaves_is_followed_by_the_next_at_once() -> None:
    scene = hosted("ann", "bob", "cid").does(c.YieldHost(ANN, ID)).leaves("bob")

    assert scene.events[-1] == HostLost(BOB, HostChangeReason.HOST_LEFT, 2, ("ann", "cid"), CID, scene.at + 15_000)


def test_a_candidate_may_decline() -> None:
    scene = hosted("ann", "bob", "cid").does(c.YieldHost(ANN, ID)).does(c.YieldHost(BOB, ID))

    assert (lost_to(scene), scene.session.players) == ("cid", (ANN, BOB, CID))


def test_the_session_is_abandoned_when_all_have_been_asked() -> None:
    scene = hosted("ann", "bob", "cid").does(c.YieldHost(ANN, ID)).after(15).deadlines().after(15).deadlines()

    assert scene.events == [SessionEnded(SessionStatus.ABANDONED, None)]
    assert scene.party.state is PartyState.WAITING


def test_a_player_who_enters_meanwhile_is_asked_last() -> None:
    scene = hosted("ann", "bob").does(c.YieldHost(ANN, ID)).joins("cid").after(15).deadlines()

    assert lost_to(scene) == "cid"


def test_the_first_player_who_connects_is_asked_when_nobody_could_be() -> None:
    scene = hosted("ann", "bob", "cid").disconnects("bob", "cid").leaves("ann")
    assert scene.events[-1] == HostLost(ANN, HostChangeReason.HOST_LEFT, 2, (), None, None)
    assert scene.after(60).deadlines().events == []

    scene.returns("cid")
    assert scene.events[-1] == HostLost(ANN, HostChangeReason.HOST_LEFT, 2, ("cid",), CID, scene.at + 15_000)


def test_disconnected_players_who_were_not_asked_are_waited_for() -> None:
    scene = hosted("ann", "bob", "cid").disconnects("cid").does(c.YieldHost(ANN, ID)).after(15).deadlines()
    assert (lost_to(scene), scene.session.status) == (None, SessionStatus.IN_PROGRESS)

    scene.after(105).deadlines()
    assert scene.events[-1] == SessionEnded(SessionStatus.ABANDONED, None)


def test_the_time_to_report_begins_anew_when_the_server_starts() -> None:
    scene = hosted("ann", "bob").does(c.YieldHost(ANN, ID)).after(60)
    up_since = scene.at

    assert scene.after(14.999).deadlines(up_since).events == []
    assert scene.after(0.001).deadlines(up_since).events == [SessionEnded(SessionStatus.ABANDONED, None)]


def test_entering_a_session_whose_host_is_being_found_succeeds() -> None:
    scene = hosted("ann", "bob", "cid").does(c.LeaveSession(CID, ID)).does(c.YieldHost(ANN, ID))

    assert scene.does(c.JoinSession(CID, ID)).session.players == (ANN, BOB, CID)


def test_play_begins_when_all_have_loaded_and_there_is_a_host() -> None:
    scene = Scene("ann", "bob", load_wait_s=30).running(is_hosted=True).does(reports("ann", 1))
    scene.does(c.MarkLoaded(BOB, ID)).leaves("ann")
    assert type(scene.events[-1]) is HostLost

    scene.does(reports("bob", 2))
    assert scene.events == [HostChanged(BOB, 2, SECOND), SessionGo(scene.at + 1_000, ())]


def test_the_wait_for_games_that_load_begins_again_with_the_next_host() -> None:
    scene = Scene("ann", "bob", load_wait_s=30).running(is_hosted=True).does(reports("ann", 1))
    scene.after(29).does(c.YieldHost(ANN, ID)).after(2).deadlines()
    assert scene.events == []

    scene.does(reports("bob", 2)).after(30).deadlines()
    assert scene.events == [SessionGo(scene.at + 1_000, (ANN, BOB))]


@pytest.mark.parametrize(
    ("command", "attester"),
    [
        (c.CompleteSession(ANN, ID), Attester.LEADER),
        (c.CompleteSession(ANN, ID, host_term=1), Attester.HOST),
        (c.CompleteSession(None, ID), Attester.GAME_SERVER),
    ],
)
def test_the_end_names_who_reported_it(command: c.Command, attester: Attester) -> None:
    assert hosted("ann", "bob").does(command).session.attested_by is attester


def test_a_host_who_does_not_lead_reports_the_end_as_the_host() -> None:
    assert hosted("ann", "bob").promotes("bob").does(c.CompleteSession(ANN, ID)).session.attested_by is Attester.HOST


def test_a_ticket_of_an_earlier_host_is_rejected() -> None:
    scene = hosted("ann", "bob").does(c.YieldHost(ANN, ID)).does(reports("bob", 2))
    old, new = (
        c.SpendTicket(ID, f"ticket-{term}", "ann", ID, 2_000_000_000_000, BOB, 2, ticket_host_term=term)
        for term in (1, 2)
    )

    assert scene.rejection(old).code is RejectionCode.INVALID_CREDENTIALS
    assert scene.does(new).session.arrived == ("ann",)
