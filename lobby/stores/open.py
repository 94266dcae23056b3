"""From a URL to a store."""

from __future__ import annotations

import logging
import re
import time
from pathlib import Path

from lobby.domain.bounds import Bounds
from lobby.ports import Clock, Retention, Store
from lobby.stores.engine import Engine, Gate, open_gate
from lobby.stores.group_commit import WAITING_MAX
from lobby.stores.memory import MemoryEngine
from lobby.stores.restoring import keep_for_good, without_collections
from lobby.stores.sqlite import SqliteEngine, SqliteLimits
from lobby.stores.state import State
from lobby.stores.store import LedgerStore
from lobby.stores.valkey import is_valkey, open_valkey

log = logging.getLogger(__name__)

_SQLITE = "sqlite:///"
_CREDENTIALS = re.compile(r"//[^/]*@")


async def open_store(
    url: str,
    bounds: Bounds,
    retention: Retention,
    clock: Clock,
    *,
    limits: SqliteLimits | None = None,
    waiting_max: int = WAITING_MAX,
    gate: Gate = open_gate,
    place: str | None = None,
) -> Store:
    """The store at `url`: `memory://`; `sqlite:///` and a path (relative, or absolute with one more slash); or what
    `lobby.stores.valkey.address` reads, such as `valkey://host:6379/0`.

    `waiting_max`: commits that may wait for the disk before others are told to come again. `gate`: for tests.
    `place`: where this node is, as it is known among the nodes that share a store; there is at most one at a time.

    Raises:
        ValueError: no store is known by this URL.
        InUse: another process has the file.
        NewerSchema: the file was written by a newer server.
        OldSqlite: this Python's SQLite is too old.
        Unavailable: the file can't be read or made; no server answers.
    """
    if is_valkey(url):
        return await open_valkey(url, bounds, retention, clock, place=place)
    began_at = time.monotonic()
    engine = _engine(url, retention, limits or SqliteLimits())
    state = State(engine, bounds, retention)
    try:
        with without_collections():
            count = state.restore(await engine.restore())
        keep_for_good(count)
    except BaseException:
        await engine.close()
        raise
    log.info("opened %s with %d parties in %.1f s", url, count, time.monotonic() - began_at)
    return LedgerStore(engine, state, clock, gate, waiting_max)


def without_credentials(url: str) -> str:
    """As it may be shown in logs and messages."""
    return _CREDENTIALS.sub("//…@", url)


def _engine(url: str, retention: Retention, limits: SqliteLimits) -> Engine:
    if url == "memory://":
        return MemoryEngine(retention)
    if url.startswith(_SQLITE) and url != _SQLITE:
        return SqliteEngine(Path(url.removeprefix(_SQLITE)).resolve(), retention, limits)
    raise ValueError(
        f"no store is known for {without_credentials(url)!r}: use sqlite:///data/lobby.db, valkey://host:6379/0 or memory://"
    )
