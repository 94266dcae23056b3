"""What a game server says about the session that it runs, and what becomes of one that it leaves alone."""

from __future__ import annotations

import pytest

from lobby.domain import commands as c
from lobby.domain.bounds import Bounds
from lobby.domain.deadlines import next_deadline
from lobby.domain.events import GameServerSeen, SessionEnded, SessionUpdated, TicketSpent
from lobby.domain.rejections import RejectionCode
from lobby.domain.rules.game_server import SPENT_MAX
from lobby.domain.values import PartyState, SessionStatus
from tests.domain.scenes import Scene, player

ANN, BOB = player("ann"), player("bob")
BEAT = c.Heartbeat("session-1")
SILENCE_S, STEP_S = 60, 10


def ticket(scene: Scene, name: str = "ann", number: int = 1, lives_s: float = 60) -> c.SpendTicket:
    return c.SpendTicket("session-1", f"ticket-{number}", name, "session-1", scene.at + round(lives_s * 1000))


def test_the_first_heartbeat_takes_the_session() -> None:
    scene = Scene("ann").running().does(BEAT)

    assert (scene.events, scene.session.server_seen_at) == ([GameServerSeen()], scene.at)


def test_a_heartbeat_within_a_step_of_the_last_is_no_entry_of_the_log() -> None:
    scene = Scene("ann").running().does(BEAT).after(STEP_S - 0.001).does(BEAT)

    assert (scene.events, scene.after(0.001).does(BEAT).events) == ([], [GameServerSeen()])


def test_a_game_server_that_falls_silent_abandons_the_session() -> None:
    scene = Scene("ann").running().does(BEAT).after(SILENCE_S + STEP_S - 0.001).deadlines()
    assert scene.party.state is PartyState.IN_PROGRESS

    scene.after(0.001).deadlines()
    assert (scene.events, scene.party.state) == ([SessionEnded(SessionStatus.ABANDONED, None)], PartyState.WAITING)


def test_it_is_never_given_up_sooner_than_a_whole_silence_after_its_last_word() -> None:
    scene = Scene("ann").running().does(BEAT).after(STEP_S - 0.001).does(BEAT).after(SILENCE_S).deadlines()

    assert scene.party.state is PartyState.IN_PROGRESS


def test_without_a_game_server_a_run_may_be_as_quiet_as_it_likes() -> None:
    scene = Scene("ann").running().does(c.UpdateSession(None, "session-1", floor=2))

    assert (scene.session.server_seen_at, next_deadline(scene.party, scene.bounds)) == (None, None)


@pytest.mark.parametrize(
    "report",
    [
        c.UpdateSession(None, "session-1", floor=2),
        c.UpdateSession(None, "session-1", floor=1),
        c.ReportPlayers("session-1", left=("bob",)),
        c.ReportPlayers("session-1"),
        c.SpendTicket("session-1", "ticket-1", "ann", "session-1", 10**15),
    ],
    ids=repr,
)
def test_whatever_the_game_server_reports_is_a_sign_of_life(report: c.Command) -> None:
    scene = Scene("ann", "bob").running().does(BEAT).after(50).does(report)

    assert scene.session.server_seen_at == scene.at


def test_what_the_leader_reports_is_none() -> None:
    scene = Scene("ann").running().does(BEAT).after(50).does(c.UpdateSession(ANN, "session-1", floor=2))

    assert scene.session.server_seen_at == scene.at - 50_000


def test_after_a_restart_of_the_lobby_it_has_a_full_silence_again() -> None:
    scene = Scene("ann").running().does(BEAT).after(3600)
    up_since = scene.at

    scene.after(SILENCE_S - 0.001).does(c.MeetDeadlines(up_since))
    assert scene.party.state is PartyState.IN_PROGRESS
    assert scene.after(0.001).does(c.MeetDeadlines(up_since)).party.state is PartyState.WAITING


def test_the_silence_is_a_setting() -> None:
    scene = Scene("ann", bounds=Bounds(game_server_silence_ms=6_000)).running().does(BEAT)

    assert next_deadline(scene.party, scene.bounds) == scene.at + 7_000


def test_if_version_does_not_mind_heartbeats() -> None:
    scene = Scene("ann", "bob").running()
    seen = scene.party.version
    scene.does(BEAT)

    assert isinstance(scene.answer(c.PromoteMember(ANN, "bob"), if_version=seen), tuple)


def test_a_spent_ticket_lets_its_player_arrive() -> None:
    scene = Scene("ann", "bob").running()
    scene.does(ticket(scene, "bob"))

    assert scene.events == [TicketSpent("bob", "ticket-1", scene.at + 60_000)]
    assert scene.session.arrived == ("bob",)


def test_a_ticket_is_spent_once() -> None:
    scene = Scene("ann").running()
    shown = ticket(scene)

    refusal = scene.does(shown).after(59).refusal(shown)
    assert (refusal.code, refusal.field, refusal.retryable) == (RejectionCode.TICKET_SPENT, "ticket", False)


def test_a_ticket_that_was_spent_is_refused_as_expired_once_it_is_forgotten() -> None:
    scene = Scene("ann").running()
    shown = ticket(scene)
    scene.does(shown).after(60)

    assert scene.refusal(shown).code is RejectionCode.INVALID_CREDENTIALS
    assert len(scene.does(ticket(scene, number=2)).session.spent) == 1


def test_a_ticket_for_another_session_opens_nothing() -> None:
    scene = Scene("ann").running()
    other = c.SpendTicket("session-1", "ticket-1", "ann", "session-0", scene.at + 60_000)

    assert scene.refusal(other).code is RejectionCode.INVALID_CREDENTIALS


def test_whoever_left_the_session_does_not_get_in_with_a_ticket_that_is_still_good() -> None:
    scene = Scene("ann", "bob").running().does(c.LeaveSession(BOB, "session-1"))

    assert scene.refusal(ticket(scene, "bob")).code is RejectionCode.NOT_MEMBER


def test_tickets_are_remembered_in_a_bounded_number() -> None:
    scene = Scene("ann").running()
    for number in range(SPENT_MAX):
        scene.does(ticket(scene, number=number))

    refusal = scene.after(20).refusal(ticket(scene, number=SPENT_MAX))
    assert (refusal.code, refusal.retry_after_ms) == (RejectionCode.RATE_LIMITED, 40_000)
    assert scene.after(40).does(ticket(scene, number=SPENT_MAX)).session.spent[0].id == f"ticket-{SPENT_MAX}"


def test_a_player_who_is_reported_out_leaves_the_session_and_not_the_party() -> None:
    scene = Scene("ann", "bob").running()
    scene.does(ticket(scene, "bob")).does(c.ReportPlayers("session-1", left=("bob", "nobody")))

    assert scene.events == [SessionUpdated(1, None, (), (ANN,))]
    assert scene.names == ["ann", "bob"]


def test_a_member_who_is_reported_in_enters_the_session() -> None:
    scene = Scene("ann", "bob").running().does(c.LeaveSession(BOB, "session-1"))
    scene.does(c.ReportPlayers("session-1", entered=("bob",)))

    assert scene.events == [SessionUpdated(1, None, (), (ANN, BOB), ("bob",))]
    assert scene.does(c.ReportPlayers("session-1", entered=("bob",))).events == []


def test_when_all_are_reported_out_the_session_is_abandoned() -> None:
    scene = Scene("ann", "bob").running().does(BEAT).after(50).does(c.ReportPlayers("session-1", left=("ann", "bob")))

    assert scene.events == [SessionEnded(SessionStatus.ABANDONED, None)]


@pytest.mark.parametrize(
    ("report", "code", "field"),
    [
        (c.ReportPlayers("session-1", entered=("ann", "eve")), RejectionCode.NOT_MEMBER, "entered.1"),
        (c.ReportPlayers("session-1", ("ann",), ("ann",)), RejectionCode.INVALID_INPUT, "entered.0"),
        (c.ReportPlayers("session-1", left=tuple(map(str, range(65)))), RejectionCode.INVALID_INPUT, "entered"),
    ],
)
def test_a_report_that_can_not_be_is_refused(report: c.ReportPlayers, code: RejectionCode, field: str) -> None:
    refusal = Scene("ann").running().refusal(report)

    assert (refusal.code, refusal.field) == (code, field)


def test_whoever_leaves_has_not_arrived_any_more() -> None:
    scene = Scene("ann", "bob").running()
    scene.does(ticket(scene, "bob")).does(c.LeaveSession(BOB, "session-1")).does(c.JoinSession(BOB, "session-1"))

    assert (scene.session.players, scene.session.arrived) == ((ANN, BOB), ())


def test_a_report_of_the_floor_keeps_who_has_arrived() -> None:
    scene = Scene("ann").running()
    scene.does(ticket(scene)).does(c.UpdateSession(None, "session-1", floor=2))

    assert scene.session.arrived == ("ann",)


@pytest.mark.parametrize(
    "command", [BEAT, c.ReportPlayers("session-1"), c.SpendTicket("session-1", "t", "ann", "session-1", 10**15)]
)
def test_a_session_that_is_over_tells_its_game_server_to_stop_and_one_that_has_not_begun_to_wait(
    command: c.Command,
) -> None:
    waiting = Scene("ann").starts().refusal(command)
    over = Scene("ann").running().completes().refusal(command)

    assert (waiting.code, waiting.retryable) == (RejectionCode.SESSION_NOT_ACTIVE, True)
    assert (over.code, over.retryable) == (RejectionCode.SESSION_NOT_ACTIVE, False)


def test_a_session_that_ended_remembers_no_tickets() -> None:
    scene = Scene("ann").running()

    assert scene.does(ticket(scene)).completes().session.spent == ()


def test_an_endpoint_that_never_comes_may_be_given_up_before_its_time() -> None:
    scene = Scene("ann").starts().after(6).does(c.GiveUpAllocation("session-1"))

    assert scene.party.state is PartyState.WAITING


@pytest.mark.parametrize("name", ["session-1", "session-2"])
def test_giving_up_an_endpoint_is_too_late_for_a_session_that_has_gone_on(name: str) -> None:
    scene = Scene("ann").running().does(c.GiveUpAllocation(name))

    assert (scene.events, Scene("ann").starts().does(c.GiveUpAllocation(name)).events) == ([], [])
