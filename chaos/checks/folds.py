"""The state is the fold of the log, always."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chaos.checks.violation import Kind, Violation
from chaos.truth.logs import Log
from lobby.domain.events import Entry
from lobby.domain.model import Party


def wrong_folds(log: Log, kept: Iterable[Entry], state: Party | None) -> Iterator[Violation]:
    """Where the parties that the store kept with the entries, or its `state`, are not what the events fold to."""
    for entry, folded in zip(kept, log.entries, strict=True):
        if entry.party != folded.party:
            yield Violation(Kind.FOLD, f"party {log.party_id} as kept with entry {entry.seq}")
    final = log.party_at(log.head)
    if state != final:
        at = state.version if state is not None else "nowhere"
        yield Violation(Kind.FOLD, f"party {log.party_id} at {at}, where its log ends at {log.head}")
