"""The stores, which keep the parties: in memory, in an SQLite file, or in Valkey. `open_store` opens one by its URL."""

from __future__ import annotations

import logging
import re
import sqlite3
import time
from pathlib import Path

from lobby.domain.bounds import Bounds
from lobby.ports import AdjustableClock, Retention, Store, Unavailable
from lobby.runtime.gc_tuning import freeze_restored, gc_paused
from lobby.stores.local.engine import Engine, WriteHook, no_write_hook
from lobby.stores.local.group_commit import WAITING_MAX
from lobby.stores.local.local_state import LocalState
from lobby.stores.local.memory import MemoryEngine
from lobby.stores.local.store import LocalStore
from lobby.stores.sqlite import InUse, NewerSchema, OldSqlite, SqliteEngine, SqliteLimits
from lobby.stores.valkey.address import is_valkey

__all__ = ["InUse", "NewerSchema", "OldSqlite", "SqliteLimits", "open_store", "without_credentials"]

log = logging.getLogger(__name__)

_SQLITE = "sqlite:///"
_CREDENTIALS = re.compile(r"//[^/]*@")


async def open_store(
    url: str,
    bounds: Bounds,
    retention: Retention,
    clock: AdjustableClock,
    *,
    limits: SqliteLimits | None = None,
    waiting_max: int = WAITING_MAX,
    write_hook: WriteHook = no_write_hook,
    node_name: str | None = None,
    sends_events: bool = False,
) -> Store:
    """Open a store and restore what it holds.

    Args:
        url: `memory://`, `sqlite:///` and a path (relative, or absolute with a fourth slash), or a URL as
            `lobby.stores.valkey.address` reads it, such as `valkey://host:6379/0`.
        clock: never shows less than the newest time in the store afterwards, and follows the clock of servers that nodes share.
        waiting_max: how many commits may wait for the disk. Further ones raise `Unavailable`.
        write_hook: for tests, see `WriteHook`.
        node_name: the name of this node in a store that nodes share, such as its host and port. Only one node at a time may
            use it.
        sends_events: commits write into the event outbox, see `lobby.ports.event_outbox`.

    Raises:
        ValueError: no store has such a URL.
        InUse: another process has opened the file.
        NewerSchema: a newer server has written the file.
        OldSqlite: the SQLite of this Python is too old.
        Unavailable: the file can't be read or created, or no server answers.

    Every message names LOBBY_STORE or the file.
    """
    if is_valkey(url):
        from lobby.stores.valkey.opening import open_valkey  # the client of Valkey is slow to import

        return await open_valkey(url, bounds, retention, clock, node_name=node_name, sends_events=sends_events)
    began_at = time.monotonic()
    engine = _engine(url, retention, limits or SqliteLimits(), sends_events)
    state = LocalState(engine, bounds, retention)
    try:
        with gc_paused():
            restored = await engine.restore()
            clock.carry_on(restored.newest_at)
            count = state.restore(restored)
            freeze_restored(count)  # before the collector is on again, and reads them all
    except BaseException:
        await engine.close()
        raise
    log.info("opened %s with %d parties in %.1f s", url, count, time.monotonic() - began_at)
    return LocalStore(engine, state, clock, write_hook, waiting_max)


def without_credentials(url: str) -> str:
    """The URL as it may be written to logs and messages."""
    return _CREDENTIALS.sub("//…@", url)


def _engine(url: str, retention: Retention, limits: SqliteLimits, sends_events: bool) -> Engine:
    if url == "memory://":
        return MemoryEngine(retention, sends_events)
    if url.startswith(_SQLITE) and url != _SQLITE:
        path = Path(url.removeprefix(_SQLITE)).resolve()
        try:
            return SqliteEngine(path, retention, limits, sends_events)
        except (OSError, sqlite3.Error) as error:
            reason = getattr(error, "strerror", None) or error
            raise Unavailable(f"LOBBY_STORE: can't open {path}: {reason}") from None
    raise ValueError(
        f"no store has the URL {without_credentials(url)!r}: use sqlite:///data/lobby.db, valkey://host:6379/0 or memory://"
    )
