"""The logs of all parties, folded anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lobby.domain.events import Entry
from lobby.domain.evolve import evolve
from lobby.domain.model import Party


@dataclass(frozen=True, slots=True)
class Log:
    """One party's entries from the first on; `entries[seq - 1]` is entry `seq`, where the log has no holes.

    Each entry's party is the fold of the entries up to it, made here and not taken over.
    """

    party_id: str
    entries: tuple[Entry, ...]

    @classmethod
    def folded(cls, party_id: str, kept: Iterable[Entry]) -> Log:
        """`kept` as the store keeps it; what it says of the party after each entry is left aside."""
        party: Party | None = None
        entries: list[Entry] = []
        for entry in kept:
            party = evolve(party, entry.event, entry.seq, entry.at, entry.actor_id)
            entries.append(Entry(entry.seq, entry.at, entry.actor_id, entry.event, party))
        return cls(party_id, tuple(entries))

    @property
    def head(self) -> int:
        return len(self.entries)

    def entry(self, seq: int) -> Entry | None:
        return self.entries[seq - 1] if 1 <= seq <= self.head else None

    def party_at(self, seq: int) -> Party | None:
        entry = self.entry(seq)
        return entry.party if entry is not None else None

    def steps(self) -> Iterator[tuple[Party | None, Entry]]:
        """Each entry with the party before it."""
        before: Party | None = None
        for entry in self.entries:
            yield before, entry
            before = entry.party


Logs = dict[str, Log]
"""By party id."""


def logs_of(logs: Sequence[Log]) -> Logs:
    return {log.party_id: log for log in logs}
