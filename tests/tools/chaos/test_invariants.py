"""Parties that must not be are found, also where the log is the server's own."""

from __future__ import annotations

from chaos.checks.folds import wrong_folds
from chaos.checks.invariants import invariants
from chaos.checks.server_logs import bad_lines
from chaos.checks.violation import Kind
from chaos.truth.logs import Log
from lobby.domain import events as e
from lobby.domain.bounds import Bounds
from lobby.domain.evolve import append
from lobby.domain.values import Instant, LeaderChangeReason, LeaveReason
from tests.domain.scenes import Scene, player

KICK_COOLDOWN_MS = 1_500


def broken(scene: Scene, *events: e.Event, at: Instant | None = None) -> list[str]:
    """What is found once `events`, which no rule would decide on, follow at the end of the scene."""
    entries = [*scene.log, *append(scene.party, events, scene.at if at is None else at, None)]
    log = Log.folded(scene.party.id, entries)
    return [violation.text.rpartition(": ")[2] for violation in invariants(log, KICK_COOLDOWN_MS)]


def test_what_the_rules_decide_is_sound() -> None:
    scene = Scene("ann", "bob", "cat", bounds=Bounds(kick_cooldown_ms=KICK_COOLDOWN_MS))
    scene.ready("bob", "cat").running().joins("dan").completes().after(1)
    scene.kicks("bob").after(2).joins("bob").promotes("cat").leaves("ann").disbands()

    assert broken(scene) == []


def test_a_ninth_member_is_found() -> None:
    scene = Scene("ann", *(f"p{number}" for number in range(7)))

    assert broken(scene, e.MemberJoined(player("nina"), None, False)) == ["9 members, where 8 are the most"]


def test_a_second_seat_of_one_player_is_found() -> None:
    found = broken(Scene("ann", "bob"), e.MemberJoined(player("bob"), None, False))

    assert found == ["a player has two seats", "the joiner was a member already"]


def test_the_return_of_a_banned_player_is_found() -> None:
    scene = Scene("ann", "bob").kicks("bob", ban=True)

    assert broken(scene, e.MemberJoined(player("bob"), None, False)) == ["a banned player came back"]


def test_a_kicked_player_that_is_back_too_soon_is_found() -> None:
    scene = Scene("ann", "bob").kicks("bob").after(1)

    assert broken(scene, e.MemberJoined(player("bob"), None, False)) == ["a kicked player came back too soon"]


def test_a_party_without_a_leader_is_found() -> None:
    scene = Scene("ann", "bob")

    assert broken(scene, e.MemberLeft(player("ann"), LeaveReason.LEFT)) == ["nobody leads it, and that never came"]


def test_a_leader_who_is_no_member_is_found() -> None:
    change = e.LeaderChanged(player("ann"), player("eve"), LeaderChangeReason.PROMOTED, 2)

    assert "the new leader is no member" in broken(Scene("ann", "bob"), change)


def test_a_term_that_jumps_is_found() -> None:
    change = e.LeaderChanged(player("ann"), player("bob"), LeaderChangeReason.PROMOTED, 3)

    assert broken(Scene("ann", "bob"), change) == ["term 3 came after 1"]


def test_a_second_session_is_found() -> None:
    scene = Scene("ann").running()

    assert "there was a session already" in broken(scene, e.CountdownStarted("session-2", scene.at, True))


def test_a_time_out_of_somebody_who_is_there_is_found() -> None:
    scene = Scene("ann", "bob")

    assert broken(scene, e.MemberLeft(player("bob"), LeaveReason.TIMED_OUT)) == [
        "a member was timed out before the grace was over"
    ]


def test_an_entry_after_the_end_is_found() -> None:
    scene = Scene("ann").disbands()

    assert broken(scene, e.MessagePosted(player("ann"), "hello?")) == ["the party was closed"]


def test_time_that_goes_back_is_found() -> None:
    scene = Scene("ann")

    assert broken(scene, e.MessagePosted(player("ann"), "hello"), at=scene.at - 1) == ["time went back"]


def test_a_hole_in_the_numbers_is_found() -> None:
    scene = Scene("ann").says("ann", "one").says("ann", "two")
    log = Log.folded("party", [scene.log[0], scene.log[2]])

    assert [v.text.rpartition(": ")[2] for v in invariants(log, KICK_COOLDOWN_MS)] == ["entry 2 was to come"]


def test_a_state_that_is_not_the_fold_of_the_log_is_found() -> None:
    scene = Scene("ann", "bob")
    log = Log.folded("party", scene.log)
    stale = scene.log[0].party

    assert list(wrong_folds(log, scene.log, scene.party)) == []
    assert [violation.kind for violation in wrong_folds(log, scene.log, stale)] == [Kind.FOLD]


def test_an_entry_that_is_kept_with_another_party_is_found() -> None:
    scene = Scene("ann", "bob")
    first, second = scene.log
    kept = [first, e.Entry(second.seq, second.at, second.actor_id, second.event, first.party)]

    assert len(list(wrong_folds(Log.folded("party", kept), kept, scene.party))) == 1


def test_errors_in_a_server_log_are_found() -> None:
    lines = [
        "2026-11-23 16:33:04,512 INFO lobby: version 0.1.0\n",
        "2026-11-23 16:33:05,119 WARNING lobby.service: unavailable\n",
        "2026-11-23 16:33:05,120 ERROR lobby.live.tail: it goes on after a failure\n",
        "Traceback (most recent call last):\n",
        "RuntimeWarning: coroutine 'x' was never awaited\n",
    ]

    assert [violation.text.split(":")[1] for violation in bad_lines("server-1.log", lines)] == ["3", "4", "5"]
