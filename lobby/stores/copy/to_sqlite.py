"""Writes everything into a new file."""

from __future__ import annotations

import sqlite3
from functools import partial
from pathlib import Path

from lobby.domain.model import Session
from lobby.ports import Retention
from lobby.stores.codec import written
from lobby.stores.copy.ends import Batch, NotEmpty
from lobby.stores.copy.posting import posting_of_log
from lobby.stores.posting import Posting
from lobby.stores.serials import Serials
from lobby.stores.sqlite.connection import SqliteLimits, connect, create
from lobby.stores.sqlite.group import write_group
from lobby.stores.sqlite.ownership import Ownership
from lobby.stores.sqlite.schema import migrate
from lobby.stores.sqlite.transaction import transaction
from lobby.stores.sqlite.worker import Worker


class ToSqlite:
    """It is written beside the place where it is to be, and goes there when it is whole."""

    def __init__(self, path: Path, retention: Retention) -> None:
        self._path = path
        self._draft = path.with_name(f"{path.name}.copying")
        self._ownership: Ownership | None = None
        self._worker = Worker("copy-to", partial(connect, self._draft, SqliteLimits()))
        self._is_disconnected = False
        self._parties: Serials[str] = Serials()
        self._sessions: Serials[str] = Serials()

    async def open(self) -> None:
        if self._path.exists():
            raise NotEmpty(f"{self._path} is there already")
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._ownership = Ownership(self._path)
        self._remove_draft()
        create(self._draft)
        await self._worker.do(migrate)

    async def put(self, batch: Batch) -> None:
        parties = [posting_of_log(log, self._parties, self._sessions) for log in batch.logs]
        postings = [
            *(Posting(parties=(party,)) for party in parties),
            *(Posting(record=record) for record in batch.records),
            *(Posting(family=family) for family in batch.families),
        ]
        await self._worker.do(partial(write_group, group=postings))
        await self._worker.do(partial(_write_rest, batch=batch, sessions=self._sessions))

    async def finish(self) -> None:
        await self._worker.do(lambda connection: connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())
        await self._disconnect()
        self._draft.rename(self._path)
        self._remove_draft()

    async def close(self) -> None:
        await self._disconnect()
        if self._ownership is not None:
            self._ownership.release()
            self._ownership = None

    async def _disconnect(self) -> None:
        if not self._is_disconnected:
            self._is_disconnected = True
            await self._worker.close()

    def _remove_draft(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            self._draft.with_name(f"{self._draft.name}{suffix}").unlink(missing_ok=True)


def _write_rest(connection: sqlite3.Connection, batch: Batch, sessions: Serials[str]) -> None:
    with transaction(connection):
        connection.executemany(
            "INSERT OR REPLACE INTO sessions (serial, id, party_id, status, game_type, ended_at, session) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            [_session_row(sessions.of(session.id), session) for session in batch.sessions],
        )
        connection.executemany(
            "INSERT OR REPLACE INTO given_up_codes (code, party_id, at) VALUES (?, ?, ?)",
            [(code.code, code.party_id, code.at) for code in batch.codes],
        )


def _session_row(serial: int, session: Session) -> tuple[object, ...]:
    return (
        serial,
        session.id,
        session.party_id,
        session.status.value,
        session.game_type.value,
        session.ended_at,
        written(session),
    )
