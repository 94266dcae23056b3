"""From a URL to a store."""

from __future__ import annotations

from lobby.domain.bounds import Bounds
from lobby.ports import Clock, Retention, Store
from lobby.stores.engine import Engine, Gate, open_gate
from lobby.stores.group_commit import WAITING_MAX
from lobby.stores.memory import MemoryEngine
from lobby.stores.state import State
from lobby.stores.store import LedgerStore


async def open_store(
    url: str,
    bounds: Bounds,
    retention: Retention,
    clock: Clock,
    *,
    waiting_max: int = WAITING_MAX,
    gate: Gate = open_gate,
) -> Store:
    """The store at `url`: `memory://`. Raises `ValueError` for any other.

    `waiting_max`: commits that may wait for the disk before others are told to come again.
    """
    engine: Engine
    if url == "memory://":
        engine = MemoryEngine(retention)
    else:
        raise ValueError(f"no store is known for {url!r}: use memory://")
    state = State(engine, bounds, retention)
    state.restore(await engine.restore())
    return LedgerStore(engine, state, clock, gate, waiting_max)
