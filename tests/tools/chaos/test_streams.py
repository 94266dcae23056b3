"""Each kind of fault in a stream is found."""

from __future__ import annotations

from tests.lobby.domain.scenes import Scene
from tests.tools.chaos.recorded_run import CHECK_LIMITS, RecordedRun, conversation
from tools.chaos.evidence import Ending, StreamSession
from tools.chaos.json_value import Json
from tools.chaos.violation import Kind


def bob_follows() -> tuple[RecordedRun, StreamSession]:
    """Bob, who joined with entry 2, has received entries 3 and 4."""
    run = conversation()
    return run, run.add_stream("bob", (3, 4), after=2)


def test_a_complete_stream_is_no_violation() -> None:
    run = conversation()
    run.add_stream("bob", range(3, 8), after=2)

    assert run.verdict().violations == []


def test_a_resumed_stream_is_no_violation() -> None:
    run, stream = bob_follows()
    stream.resumed_after.append(4)
    for seq in (5, 6, 7):
        run.add_entry(stream, seq)

    assert run.verdict().violations == []


def test_a_gap_is_found() -> None:
    run, stream = bob_follows()
    run.add_entry(stream, 6)

    assert {Kind.LOST} == run.violation_kinds()


def test_a_gap_after_a_resume_is_found() -> None:
    run, stream = bob_follows()
    stream.resumed_after.append(4)
    run.add_entry(stream, 7)

    assert {Kind.LOST} == run.violation_kinds()


def test_an_entry_that_comes_twice_is_found() -> None:
    run, stream = bob_follows()
    run.add_entry(stream, 4)

    assert {Kind.DOUBLED} == run.violation_kinds()


def test_an_applied_entry_that_comes_again_after_a_resume_is_found() -> None:
    run, stream = bob_follows()
    stream.resumed_after.append(4)
    run.add_entry(stream, 4)

    assert {Kind.DOUBLED} == run.violation_kinds()


def test_entries_out_of_order_are_found() -> None:
    run = conversation()
    run.add_stream("bob", (3, 5, 4, 6, 7), after=2)

    assert Kind.REORDERED in run.violation_kinds()


def test_a_wrong_field_of_an_event_is_found() -> None:
    run, stream = bob_follows()
    run.add_entry(stream, 5, lambda frame: frame.update(text="something else"))

    assert {Kind.CONTENT} == run.violation_kinds()


def test_a_wrong_party_beside_the_right_event_is_found() -> None:
    run, stream = bob_follows()

    def spoil(frame: Json) -> None:
        frame["party"]["members"][0]["ready"] = True

    run.add_entry(stream, 5, spoil)

    assert {Kind.CONTENT} == run.violation_kinds()


def test_a_field_that_the_client_did_not_ask_for_is_no_difference() -> None:
    run, stream = bob_follows()
    run.add_entry(stream, 5, lambda frame: frame["party"].pop("createdAt"))

    assert run.verdict().violations == []


def test_an_entry_that_the_log_does_not_have_is_found() -> None:
    """A follower received it before it was durable."""
    run, stream = bob_follows()
    for seq in (5, 6, 7):
        run.add_entry(stream, seq)
    del run.entries[-1]
    run.evidence.mutations.pop()

    assert {Kind.LOST} == run.violation_kinds()


def test_a_stream_that_ends_before_the_head_is_found() -> None:
    run, _ = bob_follows()
    run.evidence.heads[run.party_id] = 7

    assert {Kind.LOST} == run.violation_kinds()


def test_a_heartbeat_ahead_of_the_stream_is_found() -> None:
    run, stream = bob_follows()
    run.add_frame(stream, "Heartbeat", 5, reconnectAfterMs=None)

    assert {Kind.LOST} == run.violation_kinds()


def test_a_heartbeat_of_a_draining_server_may_be_ahead() -> None:
    run, stream = bob_follows()
    run.add_frame(stream, "Heartbeat", 5, reconnectAfterMs=300)

    assert run.verdict().violations == []


def test_a_heartbeat_that_goes_back_is_found() -> None:
    run, stream = bob_follows()
    run.add_frame(stream, "Heartbeat", 3, reconnectAfterMs=None)

    assert {Kind.REORDERED} == run.violation_kinds()


def test_a_first_snapshot_is_no_violation() -> None:
    run = conversation()
    stream = run.add_stream("bob", (), after=None)
    run.add_frame(stream, "PartySnapshot", 4, reason="SUBSCRIBED")
    run.add_entry(stream, 5)

    assert run.verdict().violations == []


def test_a_stream_without_a_cursor_must_begin_with_a_snapshot() -> None:
    run = conversation()
    run.add_stream("bob", (3,), after=None)

    assert {Kind.LOST} == run.violation_kinds()


def test_a_snapshot_in_place_of_a_short_backlog_is_a_gap() -> None:
    run, stream = bob_follows()
    run.add_frame(stream, "PartySnapshot", 6, reason="FELL_BEHIND")

    assert {Kind.LOST} == run.violation_kinds()


def test_a_snapshot_may_replace_more_entries_than_the_queue_holds() -> None:
    run = conversation()
    stream = run.add_stream("bob", (), after=2)
    run.add_frame(stream, "PartySnapshot", 2 + CHECK_LIMITS.queue_max + 1, reason="FELL_BEHIND")

    assert run.verdict().violations == []


def test_a_snapshot_that_goes_back_is_found() -> None:
    run, stream = bob_follows()
    run.add_frame(stream, "PartySnapshot", 3, reason="FELL_BEHIND")

    assert {Kind.REORDERED} == run.violation_kinds()


def test_a_snapshot_in_the_middle_of_a_step_is_found() -> None:
    """Bob has left, and the party has no other leader yet."""
    run = RecordedRun(Scene("bob", "ann").leaves("bob"))
    run.add_mutation("CreateParty", 1, run.entries[0].party.settings.name)
    run.add_mutation("JoinByCode", 2)
    run.add_mutation("LeaveParty", 3)
    stream = run.add_stream("ann", (), after=None)
    run.add_frame(stream, "PartySnapshot", 3, reason="SUBSCRIBED")

    assert {Kind.HALF} == run.violation_kinds()


def bob_left() -> tuple[RecordedRun, StreamSession]:
    """Bob has left with entry 3, and has received it."""
    run = RecordedRun(Scene("ann", "bob").leaves("bob"))
    run.add_mutation("CreateParty", 1, run.entries[0].party.settings.name)
    run.add_mutation("JoinByCode", 2)
    run.add_mutation("LeaveParty", 3)
    return run, run.add_stream("bob", (3,), after=2)


def test_a_removed_frame_is_no_violation() -> None:
    run, stream = bob_left()
    run.add_frame(stream, "Removed", 3, leaveReason="LEFT")
    stream.ending = Ending.REMOVED

    assert run.verdict().violations == []


def test_a_removed_frame_without_the_member_left_entry_is_found() -> None:
    run, stream = bob_left()
    stream.frames.clear()
    run.add_frame(stream, "Removed", 3, leaveReason="LEFT")

    assert {Kind.LOST} == run.violation_kinds()


def test_a_removed_frame_with_another_reason_than_the_log_is_found() -> None:
    run, stream = bob_left()
    run.add_frame(stream, "Removed", 3, leaveReason="KICKED")

    assert {Kind.CONTENT} == run.violation_kinds()


def test_a_frame_after_removed_is_found() -> None:
    run, stream = bob_left()
    run.add_frame(stream, "Removed", 3, leaveReason="LEFT")
    run.add_frame(stream, "Heartbeat", 3, reconnectAfterMs=None)

    assert {Kind.REORDERED} == run.violation_kinds()


def test_a_snapshot_for_a_player_who_left_and_joined_again_is_no_violation() -> None:
    """The connection was lost between the MemberLeft entry and Removed."""
    run = RecordedRun(Scene("ann", "bob").leaves("bob").after(1).joins("bob"))
    for operation, seq in (("JoinByCode", 2), ("LeaveParty", 3), ("JoinByCode", 4)):
        run.add_mutation(operation, seq)
    run.add_mutation("CreateParty", 1, run.entries[0].party.settings.name)
    stream = run.add_stream("bob", (3,), after=2)
    stream.resumed_after.append(3)
    run.add_frame(stream, "PartySnapshot", 4, reason="CURSOR_EXPIRED")

    assert run.verdict().violations == []


def test_a_snapshot_for_an_expired_cursor_of_a_member_is_found() -> None:
    run, stream = bob_follows()
    stream.resumed_after.append(4)
    run.add_frame(stream, "PartySnapshot", 5, reason="CURSOR_EXPIRED")

    assert {Kind.LOST} == run.violation_kinds()


def test_a_member_that_is_refused_with_a_valid_cursor_is_found() -> None:
    run, stream = bob_follows()
    stream.resumed_after.append(4)
    stream.ending = Ending.REFUSED

    assert {Kind.LOST} == run.violation_kinds()


def test_a_stream_that_goes_on_after_a_lost_entry_without_a_snapshot_is_found() -> None:
    run = conversation()
    stream = run.add_stream("bob", [], after=None)
    run.add_frame(stream, "PartySnapshot", 3, reason="SUBSCRIBED")
    run.add_entry(stream, 4, lose)
    run.add_entry(stream, 5)
    assert Kind.CROSSED in run.violation_kinds()


def test_a_snapshot_after_a_lost_entry_is_enough() -> None:
    run = conversation()
    stream = run.add_stream("bob", [], after=None)
    run.add_frame(stream, "PartySnapshot", 3, reason="SUBSCRIBED")
    run.add_entry(stream, 4, lose)
    run.add_frame(stream, "PartySnapshot", 3, reason="FELL_BEHIND")
    stream.resumed_after.append(3)
    run.add_entry(stream, 4)
    assert Kind.CROSSED not in run.violation_kinds()


def lose(frame: Json) -> None:
    """The frame of an entry that another one took the place of, with another time in its cursor."""
    epoch, _, rest = frame["cursor"].partition("-")
    frame["cursor"] = f"{epoch}-1.{rest.partition('.')[2]}"
