"""Reads all logs from where the servers kept them, once the servers are down."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from chaos.checks.folds import wrong_folds
from chaos.checks.violation import Violation
from chaos.truth.ids import ids_kept
from chaos.truth.logs import Log, Logs
from lobby.clock import SystemClock
from lobby.domain.bounds import Bounds
from lobby.domain.events import Entry
from lobby.ports import Retention, Store
from lobby.stores.open import open_store

PAGE_ENTRIES = 500


@dataclass(slots=True)
class Reading:
    """`violations`: where what was kept besides the events is not what they fold to."""

    logs: Logs = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)


async def read_logs(url: str, party_ids: Iterable[str]) -> Reading:
    """The logs of these parties, and of those that only the store knows of. Reads as a server does that starts anew."""
    everyone = sorted({*party_ids, *await ids_kept(url)})
    store = await open_store(url, Bounds(), Retention(), SystemClock())
    reading = Reading()
    try:
        for party_id in everyone:
            await _read(store, party_id, reading)
    finally:
        await store.close()
    return reading


async def _read(store: Store, party_id: str, reading: Reading) -> None:
    kept: list[Entry] = []
    while page := await store.entries(party_id, len(kept), PAGE_ENTRIES):
        kept += page
    if not kept:
        return
    log = Log.folded(party_id, kept)
    reading.logs[party_id] = log
    reading.violations += wrong_folds(log, kept, await store.party(party_id))
