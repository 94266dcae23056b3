"""What each follower got is what the log says: no gap, nothing twice, nothing out of order."""

from __future__ import annotations

from collections.abc import Iterator

from chaos.checks.violation import Kind, Violation
from chaos.evidence.contents import Contents
from chaos.evidence.stays import Ending, Seen, Stay
from chaos.json_value import Json
from chaos.truth.logs import Log

TRAIL_FRAMES = 8
"""What is told of the way to a violation."""


class StreamCheck:
    """Walks through one stay. `queue_max`: only a follower further behind than that may be skipped to the present."""

    def __init__(self, log: Log, stay: Stay, contents: Contents, queue_max: int) -> None:
        self._log = log
        self._stay = stay
        self._contents = contents
        self._queue_max = queue_max
        self._position: int | None = None
        """The seq of the last entry or snapshot applied."""
        self._is_over = False
        self._looked_at = 0

    def violations(self, head: int | None) -> Iterator[Violation]:
        """`head`: what a stay that was open to the end must have reached."""
        subscription = -1
        for seen in self._stay.seen:
            if seen.subscription != subscription:
                subscription = seen.subscription
                self._resume(subscription)
            self._looked_at += 1
            yield from self._took(seen)
        yield from self._ended(head)

    def _resume(self, subscription: int) -> None:
        after = self._stay.asked_after[subscription]
        if self._position is None:
            self._position = after
        assert after == self._position, "a client resumes from what it applied last"

    def _took(self, seen: Seen) -> Iterator[Violation]:
        if self._is_over:
            yield self._violation(Kind.REORDERED, f"{_named(seen)} came after Removed")
        if seen.kind == "PartySnapshot":
            yield from self._took_snapshot(seen)
        elif seen.kind == "Heartbeat":
            yield from self._took_heartbeat(seen)
        elif seen.kind == "Removed":
            yield from self._took_removed(seen)
        else:
            yield from self._took_entry(seen)

    def _took_entry(self, seen: Seen) -> Iterator[Violation]:
        position = self._position
        if position is None:
            yield self._violation(Kind.LOST, f"{_named(seen)} came before any snapshot")
        elif seen.seq > position + 1:
            yield self._gap(seen)
        elif seen.seq == position:
            yield self._violation(Kind.DOUBLED, f"{_named(seen)} came again")
        elif seen.seq < position:
            yield self._violation(Kind.REORDERED, f"{_named(seen)} came after {position}")
        self._position = max(seen.seq, position or 0)

    def _took_snapshot(self, seen: Seen) -> Iterator[Violation]:
        position = self._position
        reason = self._value(seen).get("reason")
        if position is not None and seen.seq < position:
            yield self._violation(Kind.REORDERED, f"{_named(seen)} came after {position}")
        elif position is not None and not self._may_skip(seen, position, reason):
            yield self._violation(Kind.LOST, f"{_named(seen)} ({reason}) came in place of what followed {position}")
        elif position is None and reason != "SUBSCRIBED":
            yield self._violation(Kind.CONTENT, f"the first {_named(seen)} came as {reason}")
        self._position = max(seen.seq, position or 0)

    def _may_skip(self, seen: Seen, position: int, reason: object) -> bool:
        return reason == "FELL_BEHIND" and seen.seq - position > self._queue_max

    def _took_heartbeat(self, seen: Seen) -> Iterator[Violation]:
        """While the server drains, the head may be further on: the client comes back for the rest."""
        position = self._position
        is_draining = self._value(seen).get("reconnectAfterMs") is not None
        if position is None or (seen.seq > position and not is_draining):
            yield self._gap(seen)
        elif seen.seq < position:
            yield self._violation(Kind.REORDERED, f"{_named(seen)} came after {position}")

    def _took_removed(self, seen: Seen) -> Iterator[Violation]:
        self._is_over = True
        position = self._position
        was_member_at = self._log.party_at(position) if position is not None else None
        is_due = was_member_at is not None and was_member_at.member(self._stay.player_id) is not None
        if position is not None and seen.seq < position and is_due:
            yield self._violation(Kind.REORDERED, f"{_named(seen)} came after {position}")
        elif position is not None and is_due and seen.seq - position <= self._queue_max:
            yield self._gap(seen)
        elif self._reason_of(seen) != self._value(seen).get("leaveReason"):
            yield self._violation(Kind.CONTENT, f"{_named(seen)} gives another reason than the log")

    def _reason_of(self, seen: Seen) -> str | None:
        party = self._log.party_at(seen.seq)
        departure = party.departure(self._stay.player_id) if party is not None else None
        return departure.reason.value if departure is not None else None

    def _ended(self, head: int | None) -> Iterator[Violation]:
        stay, position = self._stay, self._position
        if stay.ending is Ending.OPEN and head is not None and (position or 0) < head:
            yield self._violation(Kind.LOST, f"it ended at {position}, the log at {head}")
        asked = stay.asked_after[-1] if stay.asked_after else None
        party = self._log.party_at(asked) if asked is not None else None
        if stay.ending is Ending.REFUSED and party is not None and party.member(stay.player_id) is not None:
            yield self._violation(Kind.LOST, f"it was refused without a farewell after {asked}")

    def _gap(self, seen: Seen) -> Violation:
        return self._violation(Kind.LOST, f"{_named(seen)} came right after {self._position}")

    def _value(self, seen: Seen) -> Json:
        value = self._contents.value(seen.content)
        return value if isinstance(value, dict) else {}

    def _violation(self, kind: Kind, what: str) -> Violation:
        seen = self._stay.seen[max(0, self._looked_at - TRAIL_FRAMES) : self._looked_at]
        trail = " ".join(f"{frame.subscription}/{_named(frame)}" for frame in seen)
        return Violation(kind, f"{self._stay}: {what}; subscription/frame: {trail}")


def _named(seen: Seen) -> str:
    return f"{seen.kind} {seen.seq}"
