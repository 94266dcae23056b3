"""Party states that must not be are found in a log."""

from __future__ import annotations

from lobby.domain import commands as c
from lobby.domain import events as e
from lobby.domain.bounds import Bounds
from lobby.domain.evolve import append
from lobby.domain.model import Endpoint
from lobby.domain.values import HostChangeReason, Instant, LeaderChangeReason, LeaveReason
from lobby.struct import replace
from tests.lobby.domain.scenes import Scene, player
from tools.chaos.checks.invariants import check_invariants
from tools.chaos.checks.server_logs import bad_lines
from tools.chaos.expected_state.logs import Log, state_violations
from tools.chaos.violation import Kind

KICK_COOLDOWN_MS = 1_500
RELAY = Endpoint("relay", relay_code="BOB234")


def broken(scene: Scene, *events: e.Event, at: Instant | None = None) -> list[str]:
    """The violations after `events`, which no rule would decide on, are appended to the scene's log. `at`: a time that `append`
    would not give them."""
    appended = append(scene.party, events, scene.at, None)
    entries = [*scene.log, *(appended if at is None else [replace(entry, at=at) for entry in appended])]
    log = Log.replay(scene.party.id, entries)
    return [violation.text.rpartition(": ")[2] for violation in check_invariants(log, KICK_COOLDOWN_MS)]


def test_the_events_that_the_rules_decide_are_no_violation() -> None:
    scene = Scene("ann", "bob", "cat", bounds=Bounds(kick_cooldown_ms=KICK_COOLDOWN_MS))
    scene.ready("bob", "cat").running().joins("dan").completes().after(1)
    scene.kicks("bob").after(2).joins("bob").promotes("cat").leaves("ann").disbands()

    assert broken(scene) == []


def test_a_ninth_member_is_found() -> None:
    scene = Scene("ann", *(f"p{number}" for number in range(7)))

    assert broken(scene, e.MemberJoined(player("nina"), None, False)) == ["9 members, and 8 are allowed"]


def test_a_team_that_is_too_large_is_found_at_the_end_of_a_step() -> None:
    scene = Scene("ann", "bob", "cat", "dan", teams=2, max_members=4)
    updates = [e.MemberUpdated(name, None, None, (), team=team) for name, team in (("bob", 1), ("cat", 2))]

    assert broken(scene, *updates) == []
    assert broken(scene, updates[0]) == ["3 members in one of 2 teams, and there are 4 seats"]


def test_a_second_seat_of_one_player_is_found() -> None:
    found = broken(Scene("ann", "bob"), e.MemberJoined(player("bob"), None, False))

    assert found == ["a player has two seats", "the joiner was a member already"]


def test_the_return_of_a_banned_player_is_found() -> None:
    scene = Scene("ann", "bob").kicks("bob", ban=True)

    assert broken(scene, e.MemberJoined(player("bob"), None, False)) == ["a banned player came back"]


def test_a_kicked_player_who_is_back_too_soon_is_found() -> None:
    scene = Scene("ann", "bob").kicks("bob").after(1)

    assert broken(scene, e.MemberJoined(player("bob"), None, False)) == ["a kicked player came back too soon"]


def test_a_party_without_a_leader_is_found() -> None:
    scene = Scene("ann", "bob")

    assert broken(scene, e.MemberLeft(player("ann"), LeaveReason.LEFT)) == ["nobody leads it, and that never changed"]


def test_a_leader_who_is_no_member_is_found() -> None:
    change = e.LeaderChanged(player("ann"), player("eve"), LeaderChangeReason.PROMOTED, 2)

    assert "the new leader is no member" in broken(Scene("ann", "bob"), change)


def test_a_term_that_jumps_is_found() -> None:
    change = e.LeaderChanged(player("ann"), player("bob"), LeaderChangeReason.PROMOTED, 3)

    assert broken(Scene("ann", "bob"), change) == ["term 3 came after 1"]


def test_a_host_who_is_not_in_the_session_is_found() -> None:
    change = e.HostChanged(player("eve"), 2, RELAY)
    found = broken(Scene("ann", "bob").running(is_hosted=True), change)

    assert found == ["the host is not in the session", "a host came, and nobody was asked"]


def test_a_second_host_with_one_term_is_found() -> None:
    scene = Scene("ann", "bob").running(is_hosted=True).does(c.YieldHost(player("ann"), "session-1"))
    found = broken(scene, e.HostChanged(player("bob"), 1, RELAY))

    assert found[-1] == "a second host with term 1"


def test_a_lost_host_who_is_connected_is_found() -> None:
    lost = e.HostLost(player("ann"), HostChangeReason.HOST_DISCONNECTED, 2, ("ann",), None, None)

    assert broken(Scene("ann", "bob").running(is_hosted=True), lost) == [
        "a host was lost as disconnected, and is connected"
    ]


def test_a_second_session_is_found() -> None:
    scene = Scene("ann").running()

    assert "there was a session already" in broken(scene, e.CountdownStarted("session-2", scene.at, True))


def test_a_time_out_of_a_connected_member_is_found() -> None:
    scene = Scene("ann", "bob")

    assert broken(scene, e.MemberLeft(player("bob"), LeaveReason.TIMED_OUT)) == [
        "a member was timed out before the grace was over"
    ]


def test_an_entry_after_party_closed_is_found() -> None:
    scene = Scene("ann").disbands()

    assert broken(scene, e.MessagePosted(player("ann"), "hello?")) == ["the party was closed"]


def test_time_that_goes_back_is_found() -> None:
    scene = Scene("ann")

    assert broken(scene, e.MessagePosted(player("ann"), "hello"), at=scene.at - 1) == ["time went back"]


def test_a_hole_in_the_numbers_is_found() -> None:
    scene = Scene("ann").says("ann", "one").says("ann", "two")
    log = Log.replay("party", [scene.log[0], scene.log[2]])

    assert [v.text.rpartition(": ")[2] for v in check_invariants(log, KICK_COOLDOWN_MS)] == ["entry 2 was expected"]


def test_a_stored_state_that_the_events_do_not_lead_to_is_found() -> None:
    scene = Scene("ann", "bob")
    log = Log.replay("party", scene.log)
    stale = scene.log[0].party

    assert list(state_violations(log, scene.log, scene.party)) == []
    assert [violation.kind for violation in state_violations(log, scene.log, stale)] == [Kind.FOLD]


def test_an_entry_that_is_stored_with_another_state_is_found() -> None:
    scene = Scene("ann", "bob")
    first, second = scene.log
    stored = [first, e.Entry(second.seq, second.at, second.actor_id, second.event, first.party)]

    assert len(list(state_violations(Log.replay("party", stored), stored, scene.party))) == 1


def test_errors_in_a_server_log_are_found() -> None:
    lines = [
        "2026-11-23 16:33:04,512 INFO lobby: version 0.1.0\n",
        "2026-11-23 16:33:05,119 WARNING lobby.service: unavailable\n",
        "2026-11-23 16:33:05,120 ERROR lobby.live.tail: it goes on after a failure\n",
        "Traceback (most recent call last):\n",
        "RuntimeWarning: coroutine 'x' was never awaited\n",
    ]

    assert [violation.text.split(":")[1] for violation in bad_lines("server-1.log", lines)] == ["3", "4", "5"]
