"""One connection to the file, set for what the store promises."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path

STATEMENTS_CACHED_MAX = 512
"""An insert of each number of rows is a statement of its own; preparing one costs as much as a small group."""
BUSY_TIMEOUT_S = 5.0
"""Nobody else writes; an operator's shell may hold the file for a moment."""
CHECKPOINT_PAGES = 4_000
"""16 MiB of log between two copies into the file: rarely enough to not matter, and quick to recover."""
PAGE_BYTES = 4096


@dataclass(frozen=True, slots=True)
class SqliteLimits:
    """Bounds of one store file."""

    latest_entries_max: int = 20_000
    """Entries at hand for those who follow live; a few kilobytes each at most, far less where little changes."""
    cache_mib: int = 64
    file_mib_max: int | None = None
    """Beyond this the store answers as with a full disk. None: as much as there is."""


def create(path: Path) -> None:
    """The file and its folder, readable by nobody else. Both may be there already, and stay as they are then."""
    folder = path.parent
    folder_is_new = not folder.exists()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # SQLite gives the files beside it (-wal, -shm) the rights of this one
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    if os.name == "posix":
        _sync(folder)
        if folder_is_new:
            _sync(folder.parent)


def _sync(folder: Path) -> None:
    """What a file holds is of no use after a power cut if its name did not reach the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def connect(path: Path, limits: SqliteLimits, *, reads_only: bool = False) -> sqlite3.Connection:
    """For the use of one thread."""
    connection = sqlite3.connect(
        path,
        isolation_level=None,  # transactions are begun and ended where they are, not by guess
        timeout=BUSY_TIMEOUT_S,
        cached_statements=STATEMENTS_CACHED_MAX,
        check_same_thread=False,
    )
    try:
        _set(connection, limits)
        if reads_only:
            connection.execute("PRAGMA query_only = ON")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _set(connection: sqlite3.Connection, limits: SqliteLimits) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # in WAL mode NORMAL would lose the last commits with the power
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    connection.execute(f"PRAGMA journal_size_limit = {CHECKPOINT_PAGES * PAGE_BYTES}")
    connection.execute(f"PRAGMA cache_size = {-1024 * limits.cache_mib}")
    if limits.file_mib_max is not None:
        connection.execute(f"PRAGMA max_page_count = {limits.file_mib_max * 2**20 // PAGE_BYTES}")
