"""A violation: one thing that a run showed and that must not be."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """The kind of a violation. The value is its name in the summary of a run."""

    CROSSED = "no snapshot"
    """A stream went on in a log that lacks entries which it had sent, without a snapshot."""
    LOST = "lost"
    """An acknowledged mutation is not in the log, or a stream did not send an entry that it should have sent."""
    DOUBLED = "duplicated"
    """The log or a stream has something once more than it should."""
    REORDERED = "reordered"
    CONTENT = "wrong content"
    """The server showed something else than the log says."""
    HALF = "half a mutation"
    """The store or a reader has a part of a mutation without the rest."""
    ANSWER = "wrong answer"
    INVARIANT = "broken invariant"
    FOLD = "wrong state"
    """The stored state differs from the state that the log's events lead to."""
    SERVER = "server failure"


@dataclass(frozen=True, slots=True)
class Violation:
    """`text` names the parties, players and entries concerned."""

    kind: Kind
    text: str

    def __str__(self) -> str:
        return f"{self.kind.value}: {self.text}"
