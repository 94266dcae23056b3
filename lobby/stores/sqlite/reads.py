"""What is read from the file while the server runs: whatever has ended, and what is older than the latest entries."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from lobby.domain.model import Party, Session
from lobby.domain.values import PartyId, PlayerId, SessionId
from lobby.ports import IdempotencyRecord, RefreshFamily
from lobby.stores.codec import read_family, read_party, read_record, read_session
from lobby.stores.digest import record_digest
from lobby.stores.sqlite.place import SEQ_MAX, place_of, seq_of


def serial_of(connection: sqlite3.Connection, party_id: PartyId) -> int | None:
    row = connection.execute("SELECT max(serial) FROM parties WHERE id = ?", (party_id,)).fetchone()
    serial: int | None = row[0]
    return serial


def closed_party(connection: sqlite3.Connection, party_id: PartyId) -> Party | None:
    row = connection.execute(
        """
        SELECT party FROM entries WHERE place = (
            SELECT max(place) FROM entries, parties
            WHERE id = ? AND closed_at IS NOT NULL AND place BETWEEN serial << 31 AND (serial << 31) + ?
        )
        """,
        (party_id, SEQ_MAX),
    ).fetchone()
    return read_party(row[0]) if row is not None else None


def oldest_seq(connection: sqlite3.Connection, party_id: PartyId) -> int:
    serial = serial_of(connection, party_id)
    if serial is None:
        return 1
    places = place_of(serial, 0), place_of(serial, SEQ_MAX)
    row = connection.execute("SELECT min(place) FROM entries WHERE place BETWEEN ? AND ?", places).fetchone()
    return seq_of(row[0]) if row[0] is not None else 1


def ended_session(connection: sqlite3.Connection, session_id: SessionId) -> Session | None:
    row = connection.execute(
        "SELECT session FROM sessions WHERE id = ? AND ended_at IS NOT NULL ORDER BY serial DESC", (session_id,)
    ).fetchone()
    return read_session(row[0]) if row is not None else None


def ended_sessions(connection: sqlite3.Connection, serials: Sequence[int]) -> dict[int, Session]:
    places = ", ".join("?" * len(serials))
    rows = connection.execute(
        f"SELECT serial, session FROM sessions WHERE serial IN ({places}) AND ended_at IS NOT NULL",  # noqa: S608
        tuple(serials),
    )
    return {serial: read_session(session) for serial, session in rows}


def record(connection: sqlite3.Connection, player_id: PlayerId, key: str) -> IdempotencyRecord | None:
    rows = connection.execute("SELECT record FROM records WHERE digest = ?", (record_digest(player_id, key),))
    for found in (read_record(text) for (text,) in rows):
        if (found.player_id, found.key) == (player_id, key):
            return found
    return None


def family(connection: sqlite3.Connection, family_id: str) -> RefreshFamily | None:
    row = connection.execute("SELECT family FROM families WHERE id = ?", (family_id,)).fetchone()
    return read_family(row[0]) if row is not None else None
