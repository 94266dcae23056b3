"""What goes over the channel: a line of who speaks and the message's number, then the hints, a line each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

FAREWELL = "bye"
"""The one hint of a node's last message; no party's is like it, for lack of a colon."""


@dataclass(frozen=True, slots=True)
class Message:
    """`node` is new with every process; `number` counts its messages, and skips one where hints were dropped."""

    node: str
    number: int
    hints: tuple[str, ...] = ()

    @classmethod
    def read(cls, raw: bytes) -> Message | None:
        """None for what no node of this version has written."""
        try:
            head, *hints = raw.decode().split("\n")
            node, number = head.split(" ")
            return cls(node, int(number), tuple(hints))
        except ValueError:
            return None

    def written(self) -> bytes:
        return "\n".join((f"{self.node} {self.number}", *self.hints)).encode()


def hint_of(party_id: str, seq: int) -> str:
    return f"{party_id}:{seq}"


def read_hint(hint: str) -> tuple[str, int]:
    """Raises ValueError. A party's id may have colons."""
    party_id, _, seq = hint.rpartition(":")
    return party_id, int(seq)


def joined(hints: Sequence[str]) -> str:
    """Several hints as one text, for whoever passes on texts."""
    return "\n".join(hints)
