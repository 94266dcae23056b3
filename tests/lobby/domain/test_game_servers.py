"""Reports of a game server: heartbeats, tickets, players; and the end of a session whose server is silent."""

from __future__ import annotations

import pytest

from lobby.domain import commands as c
from lobby.domain.bounds import Bounds
from lobby.domain.events import GameServerSeen, SessionEnded, SessionUpdated, TicketSpent
from lobby.domain.rejections import RejectionCode
from lobby.domain.rules.presence_and_deadlines import next_deadline
from lobby.domain.rules.sessions_and_game_servers import SPENT_TICKETS_MAX
from lobby.domain.values import PartyState, SessionStatus
from tests.lobby.domain.scenes import Scene, player

ANN, BOB = player("ann"), player("bob")
HEARTBEAT = c.Heartbeat("session-1")
SILENCE_S, STEP_S = 60, 10


def ticket(scene: Scene, name: str = "ann", number: int = 1, lifetime_s: float = 60) -> c.SpendTicket:
    return c.SpendTicket("session-1", f"ticket-{number}", name, "session-1", scene.at + round(lifetime_s * 1000))


def test_the_first_heartbeat_takes_the_session() -> None:
    scene = Scene("ann").running().does(HEARTBEAT)

    assert (scene.events, scene.session.server_seen_at) == ([GameServerSeen()], scene.at)


def test_a_heartbeat_within_a_step_of_the_last_is_not_logged() -> None:
    scene = Scene("ann").running().does(HEARTBEAT).after(STEP_S - 0.001).does(HEARTBEAT)

    assert (scene.events, scene.after(0.001).does(HEARTBEAT).events) == ([], [GameServerSeen()])


def test_a_session_is_abandoned_when_its_game_server_is_silent() -> None:
    scene = Scene("ann").running().does(HEARTBEAT).after(SILENCE_S + STEP_S - 0.001).deadlines()
    assert scene.party.state is PartyState.IN_PROGRESS

    scene.after(0.001).deadlines()
    assert (scene.events, scene.party.state) == ([SessionEnded(SessionStatus.ABANDONED, None)], PartyState.WAITING)


def test_a_session_is_not_abandoned_before_a_full_silence() -> None:
    scene = Scene("ann").running().does(HEARTBEAT).after(STEP_S - 0.001).does(HEARTBEAT).after(SILENCE_S).deadlines()

    assert scene.party.state is PartyState.IN_PROGRESS


def test_a_session_without_a_game_server_is_not_watched() -> None:
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
def test_each_report_of_the_game_server_is_a_sign_of_life(report: c.Command) -> None:
    scene = Scene("ann", "bob").running().does(HEARTBEAT).after(50).does(report)

    assert scene.session.server_seen_at == scene.at


def test_a_report_of_the_leader_is_not_a_sign_of_life() -> None:
    scene = Scene("ann").running().does(HEARTBEAT).after(50).does(c.UpdateSession(ANN, "session-1", floor=2))

    assert scene.session.server_seen_at == scene.at - 50_000


def test_after_a_restart_the_game_server_has_a_full_silence_again() -> None:
    scene = Scene("ann").running().does(HEARTBEAT).after(3600)
    up_since = scene.at

    scene.after(SILENCE_S - 0.001).does(c.MeetDeadlines(up_since))
    assert scene.party.state is PartyState.IN_PROGRESS
    assert scene.after(0.001).does(c.MeetDeadlines(up_since)).party.state is PartyState.WAITING


def test_the_silence_is_a_setting() -> None:
    scene = Scene("ann", bounds=Bounds(game_server_silence_ms=6_000)).running().does(HEARTBEAT)

    assert next_deadline(scene.party, scene.bounds) == scene.at + 7_000


def test_heartbeats_do_not_outdate_if_version() -> None:
    scene = Scene("ann", "bob").running()
    seen = scene.party.version
    scene.does(HEARTBEAT)

    assert isinstance(scene.answer(c.PromoteMember(ANN, "bob"), if_version=seen), tuple)


def test_a_player_whose_ticket_is_used_has_arrived() -> None:
    scene = Scene("ann", "bob").running()
    scene.does(ticket(scene, "bob"))

    assert scene.events == [TicketSpent("bob", "ticket-1", scene.at + 60_000)]
    assert scene.session.arrived == ("bob",)


def test_a_ticket_can_be_used_only_once() -> None:
    scene = Scene("ann").running()
    used = ticket(scene)

    rejection = scene.does(used).after(59).rejection(used)
    assert (rejection.code, rejection.field, rejection.retryable) == (RejectionCode.TICKET_SPENT, "ticket", False)


def test_a_used_ticket_is_rejected_as_expired_after_its_end() -> None:
    scene = Scene("ann").running()
    used = ticket(scene)
    scene.does(used).after(60)

    assert scene.rejection(used).code is RejectionCode.INVALID_CREDENTIALS
    assert len(scene.does(ticket(scene, number=2)).session.spent) == 1


def test_a_ticket_for_another_session_is_rejected() -> None:
    scene = Scene("ann").running()
    other = c.SpendTicket("session-1", "ticket-1", "ann", "session-0", scene.at + 60_000)

    assert scene.rejection(other).code is RejectionCode.INVALID_CREDENTIALS


def test_the_ticket_of_a_player_who_left_the_session_is_rejected() -> None:
    scene = Scene("ann", "bob").running().does(c.LeaveSession(BOB, "session-1"))

    assert scene.rejection(ticket(scene, "bob")).code is RejectionCode.NOT_MEMBER


def test_the_number_of_used_tickets_of_a_player_is_bounded() -> None:
    scene = Scene("ann").running()
    for number in range(SPENT_TICKETS_MAX):
        scene.does(ticket(scene, number=number))

    rejection = scene.after(20).rejection(ticket(scene, number=SPENT_TICKETS_MAX))
    assert (rejection.code, rejection.retry_after_ms) == (RejectionCode.RATE_LIMITED, 40_000)
    assert (
        scene.after(40).does(ticket(scene, number=SPENT_TICKETS_MAX)).session.spent[0].id
        == f"ticket-{SPENT_TICKETS_MAX}"
    )


def test_the_used_tickets_of_one_player_do_not_count_for_another() -> None:
    scene = Scene("ann", "bob").running()
    for number in range(SPENT_TICKETS_MAX):
        scene.does(ticket(scene, number=number))

    scene.does(ticket(scene, "bob", SPENT_TICKETS_MAX))

    assert scene.session.arrived == ("ann", "bob")


def test_a_player_reported_as_left_leaves_only_the_session() -> None:
    scene = Scene("ann", "bob").running()
    scene.does(ticket(scene, "bob")).does(c.ReportPlayers("session-1", left=("bob", "nobody")))

    assert scene.events == [SessionUpdated(1, None, (), (ANN,))]
    assert scene.names == ["ann", "bob"]


def test_a_member_reported_as_entered_enters_the_session() -> None:
    scene = Scene("ann", "bob").running().does(c.LeaveSession(BOB, "session-1"))
    scene.does(c.ReportPlayers("session-1", entered=("bob",)))

    assert scene.events == [SessionUpdated(1, None, (), (ANN, BOB), ("bob",))]
    assert scene.does(c.ReportPlayers("session-1", entered=("bob",))).events == []


def test_the_session_is_abandoned_when_all_are_reported_as_left() -> None:
    scene = (
        Scene("ann", "bob").running().does(HEARTBEAT).after(50).does(c.ReportPlayers("session-1", left=("ann", "bob")))
    )

    assert scene.events == [SessionEnded(SessionStatus.ABANDONED, None)]


@pytest.mark.parametrize(
    ("report", "code", "field"),
    [
        (c.ReportPlayers("session-1", entered=("ann", "eve")), RejectionCode.NOT_MEMBER, "entered.1"),
        (c.ReportPlayers("session-1", ("ann",), ("ann",)), RejectionCode.INVALID_INPUT, "entered.0"),
        (c.ReportPlayers("session-1", left=tuple(map(str, range(65)))), RejectionCode.INVALID_INPUT, "entered"),
    ],
)
def test_an_invalid_report_is_rejected(report: c.ReportPlayers, code: RejectionCode, field: str) -> None:
    rejection = Scene("ann").running().rejection(report)

    assert (rejection.code, rejection.field) == (code, field)


def test_a_player_who_leaves_no_longer_counts_as_arrived() -> None:
    scene = Scene("ann", "bob").running()
    scene.does(ticket(scene, "bob")).does(c.LeaveSession(BOB, "session-1")).does(c.JoinSession(BOB, "session-1"))

    assert (scene.session.players, scene.session.arrived) == ((ANN, BOB), ())


def test_a_report_of_the_floor_keeps_the_arrived_players() -> None:
    scene = Scene("ann").running()
    scene.does(ticket(scene)).does(c.UpdateSession(None, "session-1", floor=2))

    assert scene.session.arrived == ("ann",)


@pytest.mark.parametrize(
    "command", [HEARTBEAT, c.ReportPlayers("session-1"), c.SpendTicket("session-1", "t", "ann", "session-1", 10**15)]
)
def test_a_report_outside_a_running_session_says_whether_to_retry(
    command: c.Command,
) -> None:
    waiting = Scene("ann").starts().rejection(command)
    over = Scene("ann").running().completes().rejection(command)

    assert (waiting.code, waiting.retryable) == (RejectionCode.SESSION_NOT_ACTIVE, True)
    assert (over.code, over.retryable) == (RejectionCode.SESSION_NOT_ACTIVE, False)


def test_an_ended_session_keeps_no_used_tickets() -> None:
    scene = Scene("ann").running()

    assert scene.does(ticket(scene)).completes().session.spent == ()


def test_giving_up_the_allocation_cancels_the_countdown() -> None:
    scene = Scene("ann").starts().after(6).does(c.GiveUpAllocation("session-1"))

    assert scene.party.state is PartyState.WAITING


@pytest.mark.parametrize("name", ["session-1", "session-2"])
def test_giving_up_the_allocation_of_a_begun_session_changes_nothing(name: str) -> None:
    scene = Scene("ann").running().does(c.GiveUpAllocation(name))

    assert (scene.events, Scene("ann").starts().does(c.GiveUpAllocation(name)).events) == ([], [])
