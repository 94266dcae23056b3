"""What a node notices of what it did not hear."""

from __future__ import annotations

from lobby.live.valkey_bus.message import FAREWELL, Message
from lobby.live.valkey_bus.roll import Roll

SILENT_S = 4.0


def roll() -> Roll:
    return Roll(SILENT_S, nodes_max=3)


def said(number: int, node: str = "one", *hints: str) -> Message:
    return Message(node, number, hints)


def test_messages_one_after_the_other_leave_nothing_missed() -> None:
    heard = roll()
    assert all(heard.heard(said(number), 0.0) for number in (7, 8, 9))


def test_a_number_left_out_is_something_missed_and_only_once() -> None:
    heard = roll()
    heard.heard(said(1), 0.0)
    assert not heard.heard(said(3), 0.0)
    assert heard.heard(said(4), 0.0)


def test_a_message_that_comes_again_is_nothing_missed() -> None:
    heard = roll()
    heard.heard(said(1), 0.0)
    heard.heard(said(2), 0.0)
    assert heard.heard(said(1), 0.0)
    assert heard.heard(said(3), 0.0)


def test_every_node_has_numbers_of_its_own() -> None:
    heard = roll()
    assert heard.heard(said(1, "one"), 0.0)
    assert heard.heard(said(9, "other"), 0.0)
    assert heard.heard(said(2, "one"), 0.0)
    assert heard.heard(said(10, "other"), 0.0)


def test_a_node_that_falls_silent_is_named_once() -> None:
    heard = roll()
    heard.heard(said(1, "one"), 0.0)
    heard.heard(said(1, "other"), 3.0)
    assert heard.gone(SILENT_S - 0.1) == []
    assert heard.gone(SILENT_S) == ["one"]
    assert heard.gone(SILENT_S) == []
    assert heard.gone(3.0 + SILENT_S) == ["other"]


def test_a_node_that_said_farewell_is_not_missed_but_what_it_said_before_may_be() -> None:
    heard = roll()
    heard.heard(said(1), 0.0)
    assert heard.heard(said(2, "one", FAREWELL), 0.0)
    assert heard.gone(100.0) == []
    heard.heard(said(1, "other"), 0.0)
    assert not heard.heard(said(3, "other", FAREWELL), 0.0)


def test_the_nodes_that_are_counted_are_bounded() -> None:
    heard = roll()
    for number in range(10):
        heard.heard(said(1, f"node {number}"), float(number))
    assert heard.gone(100.0) == ["node 7", "node 8", "node 9"]


def test_a_message_is_read_as_it_was_written() -> None:
    for message in (said(1), said(12, "node", "party:1", "a:b:2"), said(3, "node", FAREWELL)):
        assert Message.read(message.written()) == message


def test_what_is_no_message_is_none() -> None:
    for raw in (b"", b"\xff", b"node", b"node x", b"a b c\nparty:1"):
        assert Message.read(raw) is None
