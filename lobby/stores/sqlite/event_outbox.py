"""The event outbox in the file: one row for each party with entries that were not sent. Commits write it in `write_group`."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol, TypeVar

from lobby.domain.values import Instant, PartyId
from lobby.ports import OutboxCounts, SentEntries, WaitingLog
from lobby.stores.sqlite.connection import transaction
from lobby.stores.sqlite.reads import serial_of
from lobby.stores.sqlite.schema import SEQ_BITS, SEQ_MAX, row_key, seq_of_row_key

Result = TypeVar("Result")

_Position = tuple[int, int, Instant]
"""Serial of the party, seq before the first entry to send, and when that entry was written."""
POSITIONS_WRITTEN_MAX = 1_000
"""Rows of a replay in one transaction, so that commits do not wait long for it."""


class Thread(Protocol):
    """A thread with a connection."""

    async def run(self, work: Callable[[sqlite3.Connection], Result]) -> Result: ...


class SqliteEventOutbox:
    """See `lobby.ports.EventOutbox`."""

    def __init__(self, writer: Thread, reader: Thread, log_reader: Thread) -> None:
        self._writer = writer
        self._reader = reader
        self._log_reader = log_reader

    async def due(self, at: Instant, limit: int) -> Sequence[WaitingLog]:
        return await self._reader.run(partial(_read_due, at=at, limit=limit))

    async def record(self, sent: Sequence[SentEntries]) -> None:
        if sent:
            await self._writer.run(partial(_record, sent=sent))

    async def replay(self, since: Instant, at: Instant, party_id: PartyId | None = None) -> int:
        found = await self._log_reader.run(partial(_find_positions, since=since, party_id=party_id))
        for start in range(0, len(found), POSITIONS_WRITTEN_MAX):
            part = found[start : start + POSITIONS_WRITTEN_MAX]
            await self._writer.run(partial(_set_back, positions=part, at=at))
        return len(found)

    async def counts(self) -> OutboxCounts:
        return await self._reader.run(_count)


def _read_due(connection: sqlite3.Connection, at: Instant, limit: int) -> list[WaitingLog]:
    rows = connection.execute(
        """
        SELECT id, sent, replayed FROM event_outbox JOIN parties ON parties.serial = event_outbox.serial
        WHERE due <= ? ORDER BY due LIMIT ?
        """,
        (at, limit),
    )
    return [WaitingLog(*row) for row in rows]


def _record(connection: sqlite3.Connection, sent: Sequence[SentEntries]) -> None:
    with transaction(connection):
        for each in sent:
            serial = serial_of(connection, each.before.party_id)
            if serial is not None:
                _record_one(connection, serial, each)


def _record_one(connection: sqlite3.Connection, serial: int, sent: SentEntries) -> None:
    row = serial, sent.before.sent_seq, sent.before.replayed_at
    next_entry = connection.execute(
        "SELECT at FROM entries WHERE place BETWEEN ? AND ? ORDER BY place LIMIT 1",
        (row_key(serial, sent.seq + 1), row_key(serial, SEQ_MAX)),
    ).fetchone()
    if next_entry is None:
        connection.execute("DELETE FROM event_outbox WHERE serial = ? AND sent = ? AND replayed = ?", row)
        return
    since = next_entry[0]
    due = sent.retry_at if sent.retry_at is not None else since
    connection.execute(
        "UPDATE event_outbox SET sent = ?, since = ?, due = ? WHERE serial = ? AND sent = ? AND replayed = ?",
        (sent.seq, since, due, *row),
    )


def _find_positions(connection: sqlite3.Connection, since: Instant, party_id: PartyId | None) -> list[_Position]:
    """The first entry of each party, or of one, that was written at or after `since`."""
    first, last = 0, row_key(SEQ_MAX, SEQ_MAX)
    if party_id is not None:
        serial = serial_of(connection, party_id)
        if serial is None:
            return []
        first, last = row_key(serial, 0), row_key(serial, SEQ_MAX)
    rows = connection.execute(
        f"""
        SELECT place >> {SEQ_BITS}, min(place), at FROM entries
        WHERE place BETWEEN ? AND ? AND at >= ? GROUP BY place >> {SEQ_BITS}
        """,  # noqa: S608
        (first, last, since),
    )
    return [(serial, seq_of_row_key(place) - 1, at) for serial, place, at in rows]


def _set_back(connection: sqlite3.Connection, positions: Sequence[_Position], at: Instant) -> None:
    with transaction(connection):
        connection.executemany(
            """
            INSERT INTO event_outbox (serial, sent, since, due, replayed) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (serial) DO UPDATE SET
                since = iif(excluded.sent < sent, excluded.since, since),
                due = iif(excluded.sent < sent, excluded.due, due),
                sent = min(excluded.sent, sent),
                replayed = excluded.replayed
            """,
            [(*position, at, at) for position in positions],
        )


def _count(connection: sqlite3.Connection) -> OutboxCounts:
    return OutboxCounts(*connection.execute("SELECT count(*), min(since) FROM event_outbox").fetchone())
