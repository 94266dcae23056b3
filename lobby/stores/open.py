"""From a URL to a store."""

from __future__ import annotations

from lobby.domain.bounds import Bounds
from lobby.ports import Clock, Retention, Store
from lobby.stores.engine import Gate, open_gate
from lobby.stores.memory import MemoryEngine
from lobby.stores.store import LedgerStore


async def open_store(url: str, bounds: Bounds, retention: Retention, clock: Clock, *, gate: Gate = open_gate) -> Store:
    """The store at `url`: `memory://`. Raises `ValueError` for any other."""
    if url == "memory://":
        return LedgerStore(MemoryEngine(retention), bounds, retention, clock, gate=gate)
    raise ValueError(f"no store is known for {url!r}: use memory://")
