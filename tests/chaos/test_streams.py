"""Each fault that a stream can have is found."""

from __future__ import annotations

from chaos.checks.violation import Kind
from chaos.evidence.stays import Ending, Stay
from chaos.json_value import Json
from tests.chaos.played import TERMS, Played, talk
from tests.domain.scenes import Scene


def watching() -> tuple[Played, Stay]:
    """Bob, who joined with entry 2, has seen up to entry 4."""
    played = talk()
    return played, played.watched("bob", (3, 4), after=2)


def test_a_whole_stream_is_sound() -> None:
    played = talk()
    played.watched("bob", range(3, 8), after=2)

    assert played.verdict().violations == []


def test_a_resumed_stream_is_sound() -> None:
    played, stay = watching()
    stay.asked_after.append(4)
    for seq in (5, 6, 7):
        played.shown(stay, seq)

    assert played.verdict().violations == []


def test_a_gap_is_found() -> None:
    played, stay = watching()
    played.shown(stay, 6)

    assert {Kind.LOST} == played.kinds()


def test_a_gap_after_a_resume_is_found() -> None:
    played, stay = watching()
    stay.asked_after.append(4)
    played.shown(stay, 7)

    assert {Kind.LOST} == played.kinds()


def test_an_entry_that_comes_twice_is_found() -> None:
    played, stay = watching()
    played.shown(stay, 4)

    assert {Kind.DOUBLED} == played.kinds()


def test_an_entry_that_is_replayed_though_it_was_applied_is_found() -> None:
    played, stay = watching()
    stay.asked_after.append(4)
    played.shown(stay, 4)

    assert {Kind.DOUBLED} == played.kinds()


def test_entries_out_of_order_are_found() -> None:
    played = talk()
    played.watched("bob", (3, 5, 4, 6, 7), after=2)

    assert Kind.REORDERED in played.kinds()


def test_a_wrong_field_of_an_event_is_found() -> None:
    played, stay = watching()
    played.shown(stay, 5, lambda frame: frame.update(text="something else"))

    assert {Kind.CONTENT} == played.kinds()


def test_a_wrong_party_beside_the_right_event_is_found() -> None:
    played, stay = watching()

    def spoil(frame: Json) -> None:
        frame["party"]["members"][0]["ready"] = True

    played.shown(stay, 5, spoil)

    assert {Kind.CONTENT} == played.kinds()


def test_what_a_client_did_not_ask_for_is_no_difference() -> None:
    played, stay = watching()
    played.shown(stay, 5, lambda frame: frame["party"].pop("createdAt"))

    assert played.verdict().violations == []


def test_an_entry_that_no_log_has_is_found() -> None:
    """A follower saw it before it was durable."""
    played, stay = watching()
    for seq in (5, 6, 7):
        played.shown(stay, seq)
    del played.entries[-1]
    played.evidence.acts.pop()

    assert {Kind.LOST} == played.kinds()


def test_a_tail_that_never_came_is_found() -> None:
    played, _ = watching()
    played.evidence.heads[played.party_id] = 7

    assert {Kind.LOST} == played.kinds()


def test_a_heartbeat_that_knows_of_more_is_a_lost_tail() -> None:
    played, stay = watching()
    played.framed(stay, "Heartbeat", 5, reconnectAfterMs=None)

    assert {Kind.LOST} == played.kinds()


def test_a_heartbeat_of_a_server_that_drains_may_know_of_more() -> None:
    played, stay = watching()
    played.framed(stay, "Heartbeat", 5, reconnectAfterMs=300)

    assert played.verdict().violations == []


def test_a_heartbeat_that_goes_back_is_found() -> None:
    played, stay = watching()
    played.framed(stay, "Heartbeat", 3, reconnectAfterMs=None)

    assert {Kind.REORDERED} == played.kinds()


def test_a_first_snapshot_is_sound() -> None:
    played = talk()
    stay = played.watched("bob", (), after=None)
    played.framed(stay, "PartySnapshot", 4, reason="SUBSCRIBED")
    played.shown(stay, 5)

    assert played.verdict().violations == []


def test_a_stream_without_a_cursor_has_to_begin_with_a_snapshot() -> None:
    played = talk()
    played.watched("bob", (3,), after=None)

    assert {Kind.LOST} == played.kinds()


def test_a_snapshot_in_place_of_a_short_backlog_is_a_gap() -> None:
    played, stay = watching()
    played.framed(stay, "PartySnapshot", 6, reason="FELL_BEHIND")

    assert {Kind.LOST} == played.kinds()


def test_a_snapshot_in_place_of_more_than_the_queue_holds_is_sound() -> None:
    played = talk()
    stay = played.watched("bob", (), after=2)
    played.framed(stay, "PartySnapshot", 2 + TERMS.queue_max + 1, reason="FELL_BEHIND")

    assert played.verdict().violations == []


def test_a_snapshot_that_goes_back_is_found() -> None:
    played, stay = watching()
    played.framed(stay, "PartySnapshot", 3, reason="FELL_BEHIND")

    assert {Kind.REORDERED} == played.kinds()


def test_a_snapshot_in_the_midst_of_a_step_is_found() -> None:
    """Bob leads no more, and nobody else does yet."""
    played = Played(Scene("bob", "ann").leaves("bob"))
    played.did("CreateParty", 1, played.entries[0].party.settings.name)
    played.did("JoinByCode", 2)
    played.did("LeaveParty", 3)
    stay = played.watched("ann", (), after=None)
    played.framed(stay, "PartySnapshot", 3, reason="SUBSCRIBED")

    assert {Kind.HALF} == played.kinds()


def left() -> tuple[Played, Stay]:
    """Bob has seen himself go with entry 3."""
    played = Played(Scene("ann", "bob").leaves("bob"))
    played.did("CreateParty", 1, played.entries[0].party.settings.name)
    played.did("JoinByCode", 2)
    played.did("LeaveParty", 3)
    return played, played.watched("bob", (3,), after=2)


def test_a_farewell_is_sound() -> None:
    played, stay = left()
    played.framed(stay, "Removed", 3, leaveReason="LEFT")
    stay.ending = Ending.REMOVED

    assert played.verdict().violations == []


def test_a_farewell_without_the_entry_that_led_to_it_is_found() -> None:
    played, stay = left()
    stay.seen.clear()
    played.framed(stay, "Removed", 3, leaveReason="LEFT")

    assert {Kind.LOST} == played.kinds()


def test_a_farewell_for_another_reason_is_found() -> None:
    played, stay = left()
    played.framed(stay, "Removed", 3, leaveReason="KICKED")

    assert {Kind.CONTENT} == played.kinds()


def test_a_frame_after_the_farewell_is_found() -> None:
    played, stay = left()
    played.framed(stay, "Removed", 3, leaveReason="LEFT")
    played.framed(stay, "Heartbeat", 3, reconnectAfterMs=None)

    assert {Kind.REORDERED} == played.kinds()


def test_a_member_that_is_refused_with_a_good_cursor_is_found() -> None:
    played, stay = watching()
    stay.asked_after.append(4)
    stay.ending = Ending.REFUSED

    assert {Kind.LOST} == played.kinds()
