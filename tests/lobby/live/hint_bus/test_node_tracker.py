"""Each node notices if it did not receive messages of other nodes."""

from __future__ import annotations

from lobby.live.hint_bus.messages import GOODBYE, Message
from lobby.live.hint_bus.subscriber import NodeTracker

SILENT_S = 4.0


def new_tracker() -> NodeTracker:
    return NodeTracker(SILENT_S, nodes_max=3)


def a_message(number: int, node: str = "one", *hints: str) -> Message:
    return Message(node, number, hints)


def test_consecutive_messages_are_complete() -> None:
    tracker = new_tracker()
    assert all(tracker.record(a_message(number), 0.0) for number in (7, 8, 9))


def test_a_skipped_number_is_reported_once() -> None:
    tracker = new_tracker()
    tracker.record(a_message(1), 0.0)
    assert not tracker.record(a_message(3), 0.0)
    assert tracker.record(a_message(4), 0.0)


def test_a_repeated_message_is_not_reported() -> None:
    tracker = new_tracker()
    tracker.record(a_message(1), 0.0)
    tracker.record(a_message(2), 0.0)
    assert tracker.record(a_message(1), 0.0)
    assert tracker.record(a_message(3), 0.0)


def test_the_numbers_of_nodes_are_independent() -> None:
    tracker = new_tracker()
    assert tracker.record(a_message(1, "one"), 0.0)
    assert tracker.record(a_message(9, "other"), 0.0)
    assert tracker.record(a_message(2, "one"), 0.0)
    assert tracker.record(a_message(10, "other"), 0.0)


def test_a_silent_node_is_reported_once() -> None:
    tracker = new_tracker()
    tracker.record(a_message(1, "one"), 0.0)
    tracker.record(a_message(1, "other"), 3.0)
    assert tracker.take_silent(SILENT_S - 0.1) == []
    assert tracker.take_silent(SILENT_S) == ["one"]
    assert tracker.take_silent(SILENT_S) == []
    assert tracker.take_silent(3.0 + SILENT_S) == ["other"]


def test_after_a_goodbye_only_earlier_messages_can_be_missed() -> None:
    tracker = new_tracker()
    tracker.record(a_message(1), 0.0)
    assert tracker.record(a_message(2, "one", GOODBYE), 0.0)
    assert tracker.take_silent(100.0) == []
    tracker.record(a_message(1, "other"), 0.0)
    assert not tracker.record(a_message(3, "other", GOODBYE), 0.0)


def test_the_number_of_tracked_nodes_is_bounded() -> None:
    tracker = new_tracker()
    for number in range(10):
        tracker.record(a_message(1, f"node {number}"), float(number))
    assert tracker.take_silent(100.0) == ["node 7", "node 8", "node 9"]


def test_a_message_survives_encoding_and_decoding() -> None:
    for message in (a_message(1), a_message(12, "node", "party:1", "a:b:2"), a_message(3, "node", GOODBYE)):
        assert Message.decode(message.encode()) == message


def test_other_bytes_decode_to_none() -> None:
    for raw in (b"", b"\xff", b"node", b"node x", b"a b c\nparty:1"):
        assert Message.decode(raw) is None
