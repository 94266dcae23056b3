"""Something that must not be."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """The value is how the figures name it."""

    LOST = "lost"
    """An acknowledged mutation, or an entry that a stream should have had, is not there."""
    DOUBLED = "duplicated"
    """Something happened, or was shown, once more than it should."""
    REORDERED = "reordered"
    CONTENT = "wrong content"
    """What was shown is not what the log says."""
    HALF = "half a mutation"
    """A part of a mutation was kept, or shown, without the rest."""
    ANSWER = "wrong answer"
    INVARIANT = "broken invariant"
    FOLD = "wrong state"
    """The state is not the fold of the log."""
    SERVER = "server fault"


@dataclass(frozen=True, slots=True)
class Violation:
    """`text` says where: parties, players, entries."""

    kind: Kind
    text: str

    def __str__(self) -> str:
        return f"{self.kind.value}: {self.text}"
