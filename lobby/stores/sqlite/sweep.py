"""Drops what is no longer kept, a bounded amount a call, so that commits never wait long behind it."""

from __future__ import annotations

import sqlite3

from lobby.domain.values import GameType, Instant, PartyId, SessionStatus
from lobby.ports import Retention
from lobby.stores.engine import EndedSession, Swept
from lobby.stores.index import SessionFacets
from lobby.stores.sqlite.place import SEQ_MAX, place_of, seq_of
from lobby.stores.sqlite.reads import serial_of
from lobby.stores.sqlite.transaction import transaction

ROWS_SWEPT_MAX = 1_000
"""Of each kind, in one call."""
PARTIES_SWEPT_MAX = 100
ENTRIES_SWEPT_MAX = 5_000
"""Of all closed parties, or of one long log, in one call."""


def sweep(connection: sqlite3.Connection, at: Instant, retention: Retention) -> Swept:
    with transaction(connection):
        parties = _sweep_parties(connection, at - retention.log_ms)
        _delete_oldest(connection, "records", "number", "at", at - retention.idempotency_ms)
        _delete_oldest(connection, "given_up_codes", "code", "at", at - retention.code_ms)
        _delete_oldest(connection, "families", "id", "expires_at", at)
        return Swept(parties, _sweep_sessions(connection, at - retention.log_ms))


def trim(connection: sqlite3.Connection, party_id: PartyId, at: Instant, retention: Retention) -> int:
    """Cuts the front of one long log, always before an entry that has a snapshot. Returns the seq it begins with then."""
    with transaction(connection):
        serial = serial_of(connection, party_id)
        if serial is None:
            return 1
        oldest, newest = _ends(connection, serial)
        cut_max = min(newest - retention.entries_min + 1, oldest + ENTRIES_SWEPT_MAX)
        row = connection.execute(
            """
            SELECT place FROM entries AS kept
            WHERE place > ? AND place <= ? AND party IS NOT NULL
                AND (SELECT at FROM entries WHERE place = kept.place - 1) <= ?
            ORDER BY place DESC LIMIT 1
            """,
            (place_of(serial, oldest), place_of(serial, max(cut_max, 0)), at - retention.log_ms),
        ).fetchone()
        if row is None:
            return oldest
        connection.execute("DELETE FROM entries WHERE place >= ? AND place < ?", (place_of(serial, 0), row[0]))
        return seq_of(row[0])


def _ends(connection: sqlite3.Connection, serial: int) -> tuple[int, int]:
    places = place_of(serial, 0), place_of(serial, SEQ_MAX)
    oldest = connection.execute("SELECT min(place) FROM entries WHERE place BETWEEN ? AND ?", places).fetchone()[0]
    newest = connection.execute("SELECT max(place) FROM entries WHERE place BETWEEN ? AND ?", places).fetchone()[0]
    return (seq_of(oldest), seq_of(newest)) if oldest is not None else (1, 0)


def _sweep_parties(connection: sqlite3.Connection, kept_from: Instant) -> list[PartyId]:
    closed = connection.execute(
        "SELECT serial, id FROM parties WHERE closed_at <= ? ORDER BY closed_at LIMIT ?", (kept_from, PARTIES_SWEPT_MAX)
    ).fetchall()
    left = ENTRIES_SWEPT_MAX
    swept: list[PartyId] = []
    for serial, party_id in closed:
        left -= _delete_entries(connection, serial, left)
        if left <= 0:
            break
        connection.execute("DELETE FROM parties WHERE serial = ?", (serial,))
        swept.append(party_id)
    return swept


def _delete_entries(connection: sqlite3.Connection, serial: int, count_max: int) -> int:
    """From the front: a log that is not gone yet still ends with its newest snapshot."""
    return connection.execute(
        "DELETE FROM entries WHERE place IN (SELECT place FROM entries WHERE place BETWEEN ? AND ? ORDER BY place LIMIT ?)",
        (place_of(serial, 0), place_of(serial, SEQ_MAX), count_max),
    ).rowcount


def _delete_oldest(connection: sqlite3.Connection, table: str, key: str, time: str, until: Instant) -> None:
    order = key if table == "records" else time  # records are numbered in the order of their times
    connection.execute(
        f"""
        DELETE FROM {table} WHERE {time} <= ? AND {key} IN (
            SELECT {key} FROM {table} ORDER BY {order} LIMIT {ROWS_SWEPT_MAX}
        )
        """,  # noqa: S608
        (until,),
    )


def _sweep_sessions(connection: sqlite3.Connection, kept_from: Instant) -> list[EndedSession]:
    rows = connection.execute(
        """
        DELETE FROM sessions WHERE serial IN (SELECT serial FROM sessions WHERE ended_at <= ? ORDER BY ended_at LIMIT ?)
        RETURNING serial, party_id, status, game_type
        """,
        (kept_from, ROWS_SWEPT_MAX),
    ).fetchall()
    return [
        EndedSession(serial, SessionFacets(party_id, SessionStatus(status), GameType(game_type)), is_public=False)
        for serial, party_id, status, game_type in rows
    ]
