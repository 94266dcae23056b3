"""The logs of all parties, read from the store when the servers are down, and replayed from the first entry.

Each party state is computed here from the events, and compared with the state that the store keeps beside them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from valkey.asyncio import Valkey, ValkeyCluster

from lobby.domain.bounds import Bounds
from lobby.domain.events import Entry
from lobby.domain.evolve import evolve
from lobby.domain.model import Party
from lobby.ports import Retention, Store
from lobby.runtime.clock import SystemClock
from lobby.stores import open_store
from lobby.stores.valkey.address import Address, is_valkey
from tools.chaos.violation import Kind, Violation

PAGE_ENTRIES = 500
SCAN_KEYS = 1_000
SQLITE = "sqlite:///"
PARTY = ":party:"
"""The part of a Valkey key that precedes a party's id."""


@dataclass(frozen=True, slots=True)
class Log:
    """One party's entries from the first on; `entries[seq - 1]` is entry `seq` unless the log has holes.

    Each entry's `party` is the state after it, computed by `replay`.
    """

    party_id: str
    entries: tuple[Entry, ...]

    @classmethod
    def replay(cls, party_id: str, stored: Iterable[Entry]) -> Log:
        """Compute the party after each entry from the events alone; the states in `stored` are ignored."""
        party: Party | None = None
        entries: list[Entry] = []
        for entry in stored:
            party = evolve(party, entry.event, entry.seq, entry.at, entry.actor_id)
            entries.append(Entry(entry.seq, entry.at, entry.actor_id, entry.event, party))
        return cls(party_id, tuple(entries))

    @property
    def head(self) -> int:
        """The seq of the last entry; 0 for an empty log."""
        return len(self.entries)

    @property
    def epoch(self) -> str:
        """The part of its cursors that names this log; empty for an empty log."""
        return self.entries[0].party.epoch if self.entries else ""

    def entry(self, seq: int) -> Entry | None:
        return self.entries[seq - 1] if 1 <= seq <= self.head else None

    def party_at(self, seq: int) -> Party | None:
        """The party after entry `seq`; None if the log has no such entry."""
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


@dataclass(slots=True)
class StoredLogs:
    """All logs of a store, and a violation for each stored state that its events do not lead to."""

    logs: Logs = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)


async def read_logs(url: str, party_ids: Iterable[str], known: Mapping[str, Log] = MappingProxyType({})) -> StoredLogs:
    """Read the logs of these parties and of all others in the store, by the code that a starting server uses.

    `known`: logs that are not read again, of parties that were closed already.
    """
    every_id = sorted({*party_ids, *await stored_party_ids(url)})
    store = await open_store(url, Bounds(), Retention(), SystemClock())
    found = StoredLogs()
    try:
        for party_id in every_id:
            if party_id in known:
                found.logs[party_id] = known[party_id]
            else:
                await _read(store, party_id, found)
    finally:
        await store.close()
    return found


def state_violations(log: Log, stored: Iterable[Entry], state: Party | None) -> Iterator[Violation]:
    """Find the parties that the store kept with the entries, and its `state`, that differ from the replayed ones."""
    for entry, replayed in zip(stored, log.entries, strict=True):
        if entry.party != replayed.party:
            yield Violation(Kind.FOLD, f"party {log.party_id} as kept with entry {entry.seq}")
    final = log.party_at(log.head)
    if state != final:
        at = state.version if state is not None else "nowhere"
        yield Violation(Kind.FOLD, f"party {log.party_id} at {at}, but its log ends at {log.head}")


async def stored_party_ids(url: str) -> list[str]:
    """The ids of all parties in a store: no port lists them, and a party that no player has seen may be a doubled mutation.

    Empty for a store that is neither SQLite nor Valkey.
    """
    if url.startswith(SQLITE):
        return _ids_in_file(Path(url.removeprefix(SQLITE)))
    if is_valkey(url):
        return [key.partition(PARTY)[2] async for key in _keys(url, f"lobby:*{PARTY}*")]
    return []


async def _read(store: Store, party_id: str, found: StoredLogs) -> None:
    stored: list[Entry] = []
    while page := await store.entries(party_id, len(stored), PAGE_ENTRIES):
        stored += page
    if not stored:
        return
    log = Log.replay(party_id, stored)
    found.logs[party_id] = log
    found.violations += state_violations(log, stored, await store.party(party_id))


def _ids_in_file(path: Path) -> list[str]:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as file:
        return [party_id for (party_id,) in file.execute("SELECT id FROM parties")]


async def _keys(url: str, pattern: str) -> AsyncIterator[str]:
    address = Address.read(url)
    host, port = address.hosts[0]
    client: Any = (ValkeyCluster if address.is_cluster else Valkey)(host=host, port=port)
    try:
        async for key in client.scan_iter(match=pattern, count=SCAN_KEYS):
            yield key.decode()
    finally:
        await client.aclose()
