"""What a player did, and every answer that came to it."""

from __future__ import annotations

from dataclasses import dataclass, field

from chaos.evidence.contents import Content
from chaos.json_value import Json


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one copy of a request. `party_id` and `seq` are those of an accepted one."""

    accepted: bool
    content: Content
    code: str | None = None
    """Of a Rejection."""
    party_id: str | None = None
    seq: int = 0
    replayed: bool = False
    after_acceptance: bool = False
    """Whether the copy was sent when the player had an acceptance of the same request in hand."""


@dataclass(slots=True, eq=False)
class Act:
    """One mutation under one idempotency key, however many copies of it were sent."""

    number: int
    actor_id: str
    operation: str
    """As in `client_queries/`."""
    input: Json
    mark: str | None = None
    """A text of this act alone, which its entry in the log carries; None where the act has no place for one."""
    answers: list[Answer] = field(default_factory=list)
    unanswered: int = 0
    """Copies that were sent, or begun to be, and whose answer never came."""

    @property
    def accepted(self) -> Answer | None:
        """The first acceptance that came."""
        return next((answer for answer in self.answers if answer.accepted), None)

    @property
    def is_in_doubt(self) -> bool:
        """A copy without an answer may have gone through after another copy was refused."""
        return self.accepted is None and self.unanswered > 0

    def __str__(self) -> str:
        return f"act {self.number}, {self.operation} of {self.actor_id}"
