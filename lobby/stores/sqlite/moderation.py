"""Moderation in the file. Each method is one job of the writer's or the reader's thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from lobby.domain.moderation import Maintenance, ModerationEntry, ModerationWrite, PlayerBan, Report
from lobby.domain.values import Instant, PlayerId
from lobby.ports import Conflict, Retention
from lobby.stores.codec import JsonReader, to_json
from lobby.stores.erasure import erase_json_with_names
from lobby.stores.local.moderation import ACTS_MAX
from lobby.stores.sqlite.connection import transaction
from lobby.struct import replace

Result = TypeVar("Result")

SWEPT_MAX = 1_000
"""Rows of each kind that one sweep deletes."""
_NUMBER_MAX = 2**62

read_act = JsonReader(ModerationEntry)
read_ban = JsonReader(PlayerBan)
read_report = JsonReader(Report)
read_maintenance = JsonReader(Maintenance)


class Thread(Protocol):
    """A thread with a connection."""

    async def run(self, work: Callable[[sqlite3.Connection], Result]) -> Result: ...


class SqliteModeration:
    """See `lobby.ports.moderation.Moderation`."""

    def __init__(self, writer: Thread, reader: Thread, retention: Retention) -> None:
        self._writer = writer
        self._reader = reader
        self._retention = retention

    async def record(self, write: ModerationWrite) -> ModerationEntry:
        return await self._writer.run(lambda connection: _record(connection, write))

    async def find_act(self, by: str, key: str) -> ModerationEntry | None:
        return await self._one(_read_act, "SELECT number, act FROM acts WHERE by_name = ? AND key = ?", by, key)

    async def last_act(self) -> int:
        return await self._reader.run(_last_act)

    async def acts_after(self, number: int, limit: int) -> Sequence[ModerationEntry]:
        query = "SELECT number, act FROM acts WHERE number > ? ORDER BY number LIMIT ?"
        return await self._all(_read_act, query, number, limit)

    async def acts_before(self, number: int | None, limit: int) -> Sequence[ModerationEntry]:
        query = "SELECT number, act FROM acts WHERE number < ? ORDER BY number DESC LIMIT ?"
        return await self._all(_read_act, query, _NUMBER_MAX if number is None else number, limit)

    async def ban(self, player_id: PlayerId) -> PlayerBan | None:
        return await self._one(_read_ban, "SELECT number, ban FROM bans WHERE player_id = ?", player_id)

    async def bans_before(self, number: int | None, limit: int) -> Sequence[PlayerBan]:
        query = "SELECT number, ban FROM bans WHERE number < ? ORDER BY number DESC LIMIT ?"
        return await self._all(_read_ban, query, _NUMBER_MAX if number is None else number, limit)

    async def maintenance(self) -> Maintenance | None:
        return await self._one(lambda row: read_maintenance(row[0]), "SELECT maintenance FROM maintenance")

    async def add_report(self, report: Report) -> Report:
        return await self._writer.run(lambda connection: _add_report(connection, report))

    async def report(self, report_id: str) -> Report | None:
        return await self._one(_read_report, "SELECT report FROM reports WHERE id = ?", report_id)

    async def reports_before(self, report_id: str | None, limit: int, unresolved: bool) -> Sequence[Report]:
        before = "(SELECT number FROM reports WHERE id = ?)" if report_id is not None else "coalesce(?, 1 << 62)"
        only = "AND resolved_at IS NULL" if unresolved else ""
        query = f"SELECT report FROM reports WHERE number < {before} {only} ORDER BY number DESC LIMIT ?"  # noqa: S608
        return await self._all(_read_report, query, report_id, limit)

    async def remember_device(self, player_id: PlayerId, device: str, expires_at: Instant) -> None:
        row = player_id, device, expires_at
        await self._writer.run(lambda connection: _remember_device(connection, row))

    async def device_of(self, player_id: PlayerId) -> str | None:
        return await self._one(lambda row: str(row[0]), "SELECT device FROM devices WHERE player_id = ?", player_id)

    async def sweep(self, at: Instant) -> None:
        await self._writer.run(lambda connection: _sweep(connection, at, self._retention))

    async def erase(self, player_id: PlayerId, stand_in: str) -> None:
        await self._writer.run(lambda connection: _erase(connection, player_id, stand_in))

    async def _one(self, read: Callable[[Any], Result], query: str, *values: object) -> Result | None:
        row = await self._reader.run(lambda connection: connection.execute(query, values).fetchone())
        return read(row) if row is not None else None

    async def _all(self, read: Callable[[Any], Result], query: str, *values: object) -> list[Result]:
        rows = await self._reader.run(lambda connection: connection.execute(query, values).fetchall())
        return [read(row) for row in rows]


def _read_act(row: tuple[int, str]) -> ModerationEntry:
    return replace(read_act(row[1]), number=row[0])


def _read_ban(row: tuple[int, str]) -> PlayerBan:
    return replace(read_ban(row[1]), number=row[0])


def _read_report(row: tuple[str]) -> Report:
    return read_report(row[0])


def _last_act(connection: sqlite3.Connection) -> int:
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'acts'").fetchone()
    return row[0] if row is not None else 0


def _record(connection: sqlite3.Connection, write: ModerationWrite) -> ModerationEntry:
    entry = write.entry
    with transaction(connection):
        known = connection.execute("SELECT 1 FROM acts WHERE by_name = ? AND key = ?", (entry.by, entry.key))
        if known.fetchone() is not None:
            raise Conflict("an act has this key")
        number = connection.execute(
            "INSERT INTO acts (at, by_name, key, act) VALUES (?, ?, ?, ?)",
            (entry.at, entry.by, entry.key, to_json(entry)),
        ).lastrowid
        assert number is not None, "the row was inserted"
        if write.ban is not None:
            ban = write.ban
            row = ban.player.id, number, ban.until, to_json(ban)
            connection.execute("INSERT OR REPLACE INTO bans (player_id, number, until, ban) VALUES (?, ?, ?, ?)", row)
        if write.unbanned is not None:
            connection.execute("DELETE FROM bans WHERE player_id = ?", (write.unbanned,))
        if write.sets_maintenance:
            connection.execute("DELETE FROM maintenance")
            if write.maintenance is not None:
                connection.execute("INSERT INTO maintenance VALUES (1, ?)", (to_json(write.maintenance),))
        if write.resolved is not None:
            report = write.resolved
            connection.execute(
                "UPDATE reports SET resolved_at = ?, report = ? WHERE id = ?",
                (report.resolved_at, to_json(report), report.id),
            )
    return replace(entry, number=number)


def _add_report(connection: sqlite3.Connection, report: Report) -> Report:
    with transaction(connection):
        earlier = connection.execute(
            """
            SELECT report FROM reports
            WHERE reporter_id = ? AND ((player_id = ? AND party_id = ?) OR key = ?) ORDER BY number LIMIT 1
            """,
            (*report.subject, report.key),
        ).fetchone()
        if earlier is not None:
            return _read_report(earlier)
        connection.execute(
            "INSERT INTO reports (id, reporter_id, player_id, party_id, key, report) VALUES (?, ?, ?, ?, ?, ?)",
            (report.id, *report.subject, report.key, to_json(report)),
        )
    return report


def _remember_device(connection: sqlite3.Connection, row: tuple[PlayerId, str, Instant]) -> None:
    with transaction(connection):
        connection.execute("INSERT OR REPLACE INTO devices (player_id, device, expires_at) VALUES (?, ?, ?)", row)


def _sweep(connection: sqlite3.Connection, at: Instant, retention: Retention) -> None:
    kept_from = at - retention.moderation_ms
    with transaction(connection):
        for table, key, condition, value in (
            ("bans", "player_id", "until <= ?", at),
            ("devices", "player_id", "expires_at <= ?", at),
            ("acts", "number", "at <= ?", kept_from),
            ("acts", "number", "number <= ?", _last_act(connection) - ACTS_MAX),
            ("reports", "number", "resolved_at <= ?", kept_from),
            ("reports", "number", "number <= (SELECT max(number) FROM reports) - ?", retention.reports_max),
        ):
            rows = f"SELECT {key} FROM {table} WHERE {condition} LIMIT {SWEPT_MAX}"  # noqa: S608
            connection.execute(f"DELETE FROM {table} WHERE {key} IN ({rows})", (value,))  # noqa: S608


def _erase(connection: sqlite3.Connection, player_id: PlayerId, stand_in: str) -> None:
    with transaction(connection):
        connection.execute("DELETE FROM bans WHERE player_id = ?", (player_id,))
        connection.execute("DELETE FROM devices WHERE player_id = ?", (player_id,))
        connection.execute("DELETE FROM reports WHERE player_id = ?", (player_id,))
        connection.execute("UPDATE reports SET reporter_id = ? WHERE reporter_id = ?", (stand_in, player_id))
        for table, column in (("acts", "act"), ("reports", "report"), ("bans", "ban")):
            found = f"SELECT rowid, {column} FROM {table} WHERE instr({column}, ?)"  # noqa: S608
            for row_id, text in connection.execute(found, (player_id,)).fetchall():
                erased = erase_json_with_names(text, player_id, stand_in)
                connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (erased, row_id))  # noqa: S608
