"""An SQLite file as the source and as the target of a copy."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

from lobby.domain.model import Session
from lobby.domain.values import PartyId, SessionId
from lobby.ports import Change, LogTrimmed, Retention
from lobby.stores.codec import (
    read_block_list,
    read_family,
    read_identity,
    read_record,
    read_saved_run,
    read_session,
    to_json,
)
from lobby.stores.copy.copying import Batch, KeptLog, KeptRun, NotEmpty
from lobby.stores.copy.moderation_and_events import (
    devices_in_file,
    moderation_batches,
    positions_in_file,
    write_into_file,
)
from lobby.stores.local.engine import GivenUpCode
from lobby.stores.sqlite.connection import ConnectionThread, SqliteLimits, connect, create, transaction
from lobby.stores.sqlite.history import FileHistory
from lobby.stores.sqlite.inboxes import import_inbox, read_kept_entries
from lobby.stores.sqlite.moderation import SqliteModeration
from lobby.stores.sqlite.ownership import Ownership
from lobby.stores.sqlite.reads import oldest_seq, read_entries
from lobby.stores.sqlite.schema import SEQ_MAX, migrate
from lobby.stores.sqlite.write_group import write_group
from lobby.stores.write_set import PartyWrite, RunWrite, SerialSequence, SessionWrite, WriteSet

LOGS_MAX = 50
"""Logs in one batch. The log of a busy party has a thousand entries and more."""
ROWS_MAX = 1_000
RUNS_MAX = 100
"""Saved runs in one batch: up to 6.5 MB of checkpoints."""


class SqliteSource:
    """Reads a file. It holds the lock of the file until `close`, so that no server can open it.

    A file that may have lost its newest commits gets new epochs first, as at the start of a server.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ownership: Ownership | None = None
        self._thread = ConnectionThread("copy-from", partial(connect, path, SqliteLimits()))

    async def open(self) -> None:
        if not self._path.exists():
            raise ValueError(f"there is no file {self._path}")
        self._ownership = Ownership(self._path)
        await self._thread.run(migrate)
        history = FileHistory(self._path)
        await self._thread.run(history.begin)
        history.close()

    async def batches(self) -> AsyncIterator[Batch]:
        async for rows in self._rows("SELECT serial, id FROM parties WHERE serial > ? ORDER BY serial", LOGS_MAX):
            logs = [await self._thread.run(partial(_kept_log, party_id=party_id)) for _, party_id in rows]
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
        saved = "SELECT runs.rowid, run, data FROM runs JOIN checkpoints USING (session_id) WHERE runs.rowid > ?"
        async for rows in self._rows(f"{saved} ORDER BY runs.rowid", RUNS_MAX):
            yield Batch(saved_runs=[KeptRun(read_saved_run(run), data) for _, run, data in rows])
        async for rows in self._rows("SELECT rowid, identity FROM identities WHERE rowid > ? ORDER BY rowid"):
            yield Batch(identities=[read_identity(text) for _, text in rows])
        async for rows in self._rows("SELECT rowid, list FROM block_lists WHERE rowid > ? ORDER BY rowid"):
            yield Batch(block_lists=[read_block_list(text) for _, text in rows])

        inboxes = "SELECT DISTINCT player_id FROM inbox_entries WHERE player_id > ? ORDER BY player_id"
        async for rows in self._rows(inboxes, LOGS_MAX):
            read = [partial(read_kept_entries, player_id=row[0], from_seq=1, limit=SEQ_MAX) for row in rows]
            yield Batch(inboxes=[await self._thread.run(each) for each in read])
        async for batch in moderation_batches(SqliteModeration(self._thread, self._thread, Retention())):
            yield batch
        devices = await self._thread.run(devices_in_file)
        for start in range(0, len(devices), ROWS_MAX):
            yield Batch(devices=devices[start : start + ROWS_MAX])
        positions = await self._thread.run(positions_in_file)
        if positions:
            yield Batch(positions=positions)

    async def close(self) -> None:
        if self._ownership is not None:
            await self._thread.close()
            self._ownership.release()
            self._ownership = None

    async def _rows(self, query: str, count_max: int = ROWS_MAX) -> AsyncIterator[list[tuple[Any, ...]]]:
        """The rows of `query`, page by page. The first column is the key that the query continues after."""
        after: Any = 0  # less than any text, too
        while rows := await self._thread.run(_select(query, after, count_max)):
            yield rows
            after = rows[-1][0]


def _select(query: str, after: Any, count_max: int) -> Callable[[sqlite3.Connection], list[tuple[Any, ...]]]:
    return lambda connection: connection.execute(f"{query} LIMIT {count_max:d}", (after,)).fetchall()


def _kept_log(connection: sqlite3.Connection, party_id: str) -> KeptLog | None:
    """None: the log is half deleted."""
    try:
        entries = read_entries(connection, party_id, oldest_seq(connection, party_id) - 1, SEQ_MAX)
    except LogTrimmed:
        return None
    return KeptLog(tuple(entries)) if entries else None


class SqliteTarget:
    """Writes a draft beside the path, and renames it when the copy is complete."""

    def __init__(self, path: Path, retention: Retention) -> None:
        self._path = path
        self._draft = path.with_name(f"{path.name}.copying")
        self._ownership: Ownership | None = None
        self._thread = ConnectionThread("copy-to", partial(connect, self._draft, SqliteLimits()))
        self._is_disconnected = False
        self._parties: SerialSequence[PartyId] = SerialSequence()
        self._sessions: SerialSequence[SessionId] = SerialSequence()

    async def open(self) -> None:
        if self._path.exists():
            raise NotEmpty(f"{self._path} exists already")
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._ownership = Ownership(self._path)
        self._remove_draft()
        create(self._draft)
        await self._thread.run(migrate)

    async def put(self, batch: Batch) -> None:
        parties = [_create_party_write(log, self._parties, self._sessions) for log in batch.logs]
        write_sets = [
            *(WriteSet(parties=(party,)) for party in parties),
            *(WriteSet(record=record) for record in batch.records),
            *(WriteSet(family=family) for family in batch.families),
            *(WriteSet(runs=(RunWrite(kept.run, kept.data, is_new=True),)) for kept in batch.saved_runs),
            *(WriteSet(identity=identity) for identity in batch.identities),
            *(WriteSet(block_list=blocks) for blocks in batch.block_lists),
        ]
        await self._thread.run(partial(write_group, group=write_sets, inbox_entries_max=0))
        await self._thread.run(partial(_write_others, batch=batch, serials=self._sessions))

    async def finish(self) -> None:
        history = FileHistory(self._draft)
        await self._thread.run(partial(history.begin_complete, final_path=self._path))
        history.close()
        await self._thread.run(lambda connection: connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())
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
            await self._thread.close()

    def _remove_draft(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            self._draft.with_name(f"{self._draft.name}{suffix}").unlink(missing_ok=True)


def _create_party_write(
    log: KeptLog, parties: SerialSequence[PartyId], sessions: SerialSequence[SessionId]
) -> PartyWrite:
    """A log as if one commit had made it. Ended sessions are copied separately, and so are codes that were given up."""
    after = log.entries[-1].party
    session = after.session
    active = () if session is None else (SessionWrite(sessions.assign(session.id), session.id, session, is_new=True),)
    return PartyWrite(
        serial=parties.assign(after.id),
        change=Change(None, log.entries),
        after=after,
        sessions=active,
        taken_code=None if after.is_closed else after.join_code,
        given_up_code=None,
        joined=frozenset(),
        left=frozenset(),
        seated=frozenset(),
    )


def _write_others(connection: sqlite3.Connection, batch: Batch, serials: SerialSequence[SessionId]) -> None:
    """Write the parts of a batch that no `WriteSet` has."""
    with transaction(connection):
        connection.executemany(
            "INSERT OR REPLACE INTO sessions (serial, id, party_id, status, game_type, ended_at, session) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            [_session_row(serials.assign(session.id), session) for session in batch.sessions],
        )
        connection.executemany(
            "INSERT OR REPLACE INTO given_up_codes (code, party_id, at) VALUES (?, ?, ?)",
            [(code.code, code.party_id, code.at) for code in batch.codes],
        )
        for entries in batch.inboxes:
            import_inbox(connection, entries)
        write_into_file(connection, batch)


def _session_row(serial: int, session: Session) -> tuple[object, ...]:
    return (
        serial,
        session.id,
        session.party_id,
        session.status.value,
        session.game_type.value,
        session.ended_at,
        to_json(session),
    )
