"""What one device of one player saw of one party, from entering to the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from chaos.evidence.contents import Content


class Ending(Enum):
    """How a stay ended."""

    OPEN = "open"
    """It was being watched when the run ended."""
    REMOVED = "removed"
    REFUSED = "refused"
    """The server said that there is nothing to watch."""
    GIVEN_UP = "given up"
    """The player stopped watching for reasons of its own."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One frame. `subscription` counts from 0 within the stay."""

    subscription: int
    kind: str
    seq: int
    content: Content


@dataclass(slots=True, eq=False)
class Stay:
    """Every frame in the order of its coming."""

    player_id: str
    party_id: str
    device: str
    asked_after: list[int | None] = field(default_factory=list)
    """By subscription: the seq of the cursor that it resumed from; None: without one."""
    seen: list[Seen] = field(default_factory=list)
    ending: Ending = Ending.OPEN

    def __str__(self) -> str:
        return f"{self.device} in party {self.party_id}"
