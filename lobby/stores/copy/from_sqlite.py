"""Reads everything that a file keeps."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

from lobby.ports import LogTrimmed
from lobby.stores.codec import read_family, read_record, read_session
from lobby.stores.copy.ends import Batch, KeptLog
from lobby.stores.engine import GivenUpCode
from lobby.stores.sqlite.connection import SqliteLimits, connect
from lobby.stores.sqlite.log import read_entries
from lobby.stores.sqlite.ownership import Ownership
from lobby.stores.sqlite.place import SEQ_MAX
from lobby.stores.sqlite.reads import oldest_seq
from lobby.stores.sqlite.schema import migrate
from lobby.stores.sqlite.worker import Worker

LOGS_MAX = 50
"""In one batch; a log is a thousand entries and more where a party was busy."""
ROWS_MAX = 1_000


class FromSqlite:
    """The file is this process's own until `close`: no server can be at work on it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ownership: Ownership | None = None
        self._worker = Worker("copy-from", partial(connect, path, SqliteLimits()))

    async def open(self) -> None:
        if not self._path.exists():
            raise ValueError(f"there is no file {self._path}")
        self._ownership = Ownership(self._path)
        await self._worker.do(migrate)

    async def batches(self) -> AsyncIterator[Batch]:
        async for rows in self._rows("SELECT serial, id FROM parties WHERE serial > ? ORDER BY serial", LOGS_MAX):
            logs = [await self._worker.do(partial(_kept_log, party_id=party_id)) for _, party_id in rows]
            yield Batch(logs=[log for log in logs if log is not None])
        ended = "SELECT serial, session FROM sessions WHERE serial > ? AND ended_at IS NOT NULL ORDER BY serial"
        async for rows in self._rows(ended, ROWS_MAX):
            yield Batch(sessions=[read_session(text) for _, text in rows])
        async for rows in self._rows(
            "SELECT rowid, code, party_id, at FROM given_up_codes WHERE rowid > ? ORDER BY rowid"
        ):
            yield Batch(codes=[GivenUpCode(*row[1:]) for row in rows])
        async for rows in self._rows("SELECT number, record FROM records WHERE number > ? ORDER BY number"):
            yield Batch(records=[read_record(text) for _, text in rows])
        async for rows in self._rows("SELECT rowid, family FROM families WHERE rowid > ? ORDER BY rowid"):
            yield Batch(families=[read_family(text) for _, text in rows])

    async def close(self) -> None:
        if self._ownership is not None:
            await self._worker.close()
            self._ownership.release()
            self._ownership = None

    async def _rows(self, query: str, count_max: int = ROWS_MAX) -> AsyncIterator[list[tuple[Any, ...]]]:
        """`query` gives rows behind a number, which comes first in each."""
        after = 0
        while rows := await self._worker.do(_page(query, after, count_max)):
            yield rows
            after = rows[-1][0]


def _page(query: str, after: int, count_max: int) -> Callable[[sqlite3.Connection], list[tuple[Any, ...]]]:
    return lambda connection: connection.execute(f"{query} LIMIT {count_max:d}", (after,)).fetchall()


def _kept_log(connection: sqlite3.Connection, party_id: str) -> KeptLog | None:
    """None for a party whose log was being dropped."""
    try:
        entries = read_entries(connection, party_id, oldest_seq(connection, party_id) - 1, SEQ_MAX)
    except LogTrimmed:
        return None
    return KeptLog(tuple(entries)) if entries else None
