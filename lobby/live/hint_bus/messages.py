"""Hints as texts, the messages between nodes, and the bounds of the bus.

A message is a line with the sending node and the message's number, then one line for each hint.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

GOODBYE = "bye"
"""The only hint in the last message of each node. The hint of a party contains a colon, so the two can't be the same."""


@dataclass(frozen=True, slots=True)
class Message:
    """`node` is new for every process. `number` counts the node's messages, and skips one when hints were dropped."""

    node: str
    number: int
    hints: tuple[str, ...] = ()

    @classmethod
    def decode(cls, raw: bytes) -> Message | None:
        """The message in `raw`; None if it has another form than the messages of this version."""
        try:
            head, *hints = raw.decode().split("\n")
            node, number = head.split(" ")
            return cls(node, int(number), tuple(hints))
        except ValueError:
            return None

    def encode(self) -> bytes:
        return "\n".join((f"{self.node} {self.number}", *self.hints)).encode()


def format_hint(party_id: str, seq: int) -> str:
    return f"{party_id}:{seq}"


def parse_hint(hint: str) -> tuple[str, int]:
    """The party's id, which may have colons, and the seq. Raises `ValueError`."""
    party_id, _, seq = hint.rpartition(":")
    return party_id, int(seq)


def join_hints(hints: Sequence[str]) -> str:
    """Several hints as one text."""
    return "\n".join(hints)


@dataclass(frozen=True, slots=True)
class BusLimits:
    """The bounds of the bus between nodes: seconds, and counts of hints."""

    outbox_max: int = 10_000
    """Parties whose newest hint waits to be sent. Hints of further parties are dropped; the other nodes notice that."""
    batch_max: int = 500
    """Hints in one message: about 20 KB. A server disconnects a subscriber that is 32 MB behind."""
    gap_s: float = 0.002
    """Hints that come while a message is sent wait so much longer for further ones: each message is a call of the server, and
    every node reads it."""
    inbox_max: int = 10_000
    """Messages that were received and not handled yet."""
    beat_s: float = 1.0
    """Each node without hints sends an empty message at this interval."""
    silent_s: float = 4.0
    """A node counts as gone after this many seconds of silence. A node whose own messages do not come back connects again."""
    answer_s: float = 2.0
    """The time limit for connecting, and for each answer."""
    backoff_min_s: float = 0.05
    backoff_max_s: float = 2.0
    nodes_max: int = 1_000
    """Nodes whose messages are counted."""
