"""Reads from the file: logs, things that have ended, and, when the server starts, all live parties."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from lobby.domain.events import Entry
from lobby.domain.evolve import evolve
from lobby.domain.model import Party, Session
from lobby.domain.values import GameType, PartyId, PlayerId, SessionId, SessionStatus
from lobby.ports import IdempotencyRecord, LogTrimmed, RefreshFamily
from lobby.stores.codec import (
    read_block_list,
    read_event,
    read_family,
    read_numbered_parties,
    read_party,
    read_record,
    read_session,
)
from lobby.stores.local.engine import EndedSession, GivenUpCode, RestoredState
from lobby.stores.local.idempotency_records import record_digest
from lobby.stores.session_list import SessionFacets
from lobby.stores.sqlite.connection import transaction
from lobby.stores.sqlite.schema import SEQ_MAX, row_key, seq_of_row_key

Row = tuple[int, int, str | None, str, str, str | None]


def read_entries(connection: sqlite3.Connection, party_id: PartyId, after_seq: int, limit: int) -> list[Entry]:
    """As `Store.entries`: from the last snapshot before the entries on, replayed. Raises `LogTrimmed`."""
    with transaction(connection, "DEFERRED"):  # so that the snapshot that was found is still there
        serial = serial_of(connection, party_id)
        if serial is None:
            return []
        start = _snapshot_row_key(connection, serial, after_seq + 1)
        if start is None:
            raise LogTrimmed(party_id)
        keys = start, row_key(serial, after_seq + limit)
        rows = connection.execute(
            "SELECT place, at, actor_id, kind, event, party FROM entries WHERE place BETWEEN ? AND ? ORDER BY place",
            keys,
        ).fetchall()
    return [entry for entry in _replay(rows) if entry.seq > after_seq]


def _snapshot_row_key(connection: sqlite3.Connection, serial: int, seq: int) -> int | None:
    row = connection.execute(
        """
        SELECT place FROM entries WHERE place > ? AND place <= ? AND party IS NOT NULL
        ORDER BY place DESC LIMIT 1
        """,
        (row_key(serial, 0), row_key(serial, seq)),
    ).fetchone()
    return row[0] if row is not None else None


def _replay(rows: Iterable[Row]) -> Iterator[Entry]:
    party: Party | None = None
    for key, at, actor_id, kind, event_text, party_text in rows:
        seq, event = seq_of_row_key(key), read_event(kind, event_text)
        party = read_party(party_text) if party_text is not None else evolve(party, event, seq, at, actor_id)
        yield Entry(seq, at, actor_id, event, party)


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
    keys = row_key(serial, 0), row_key(serial, SEQ_MAX)
    row = connection.execute("SELECT min(place) FROM entries WHERE place BETWEEN ? AND ?", keys).fetchone()
    return seq_of_row_key(row[0]) if row[0] is not None else 1


def ended_session(connection: sqlite3.Connection, session_id: SessionId) -> Session | None:
    row = connection.execute(
        "SELECT session FROM sessions WHERE id = ? AND ended_at IS NOT NULL ORDER BY serial DESC", (session_id,)
    ).fetchone()
    return read_session(row[0]) if row is not None else None


def ended_sessions(connection: sqlite3.Connection, serials: Sequence[int]) -> dict[int, Session]:
    keys = ", ".join("?" * len(serials))
    rows = connection.execute(
        f"SELECT serial, session FROM sessions WHERE serial IN ({keys}) AND ended_at IS NOT NULL",  # noqa: S608
        tuple(serials),
    )
    return {serial: read_session(session) for serial, session in rows}


def record(connection: sqlite3.Connection, player_id: PlayerId, key: str) -> IdempotencyRecord | None:
    rows = connection.execute("SELECT record FROM records WHERE digest = ?", (record_digest(player_id, key),))
    for found in (read_record(text) for (text,) in rows):
        if (found.player_id, found.key) == (player_id, key):
            return found
    return None


def refresh_family(connection: sqlite3.Connection, family_id: str) -> RefreshFamily | None:
    row = connection.execute("SELECT family FROM families WHERE id = ?", (family_id,)).fetchone()
    return read_family(row[0]) if row is not None else None


log = logging.getLogger(__name__)

PROGRESS_S = 2.0
"""A long start logs its progress this often."""
PARTIES_READ_MAX = 500
"""Parties that the start reads at once. A party of four has some 1.5 KB."""
CACHE_KIB = 2_000
"""SQLite's cache while the start reads all parties, each of them once. To fill the usual cache took a quarter of that time."""


def restore(connection: sqlite3.Connection) -> RestoredState:
    """Everything that a process must know to continue where the last one stopped."""
    with _small_cache(connection):
        parties = list(_parties(connection))
    return RestoredState(
        parties=parties,
        active_sessions=dict(connection.execute("SELECT id, serial FROM sessions WHERE ended_at IS NULL")),
        ended_sessions=list(_ended_sessions(connection)),
        codes=[GivenUpCode(*row) for row in connection.execute("SELECT * FROM given_up_codes ORDER BY at")],
        block_lists=[read_block_list(text) for (text,) in connection.execute("SELECT list FROM block_lists")],
        search_waits=connection.execute("SELECT kind, search_id, wait_s FROM search_waits ORDER BY number").fetchall(),
        digests=connection.execute("SELECT digest, at FROM records").fetchall(),
        party_serial_max=_max(connection, "SELECT max(serial) FROM parties"),
        session_serial_max=_max(connection, "SELECT max(serial) FROM sessions"),
        newest_at=max([_max(connection, _NEWEST_AT), *[party.changed_at for _, party in parties]]),
    )


@contextmanager
def _small_cache(connection: sqlite3.Connection) -> Iterator[None]:
    size: int = connection.execute("PRAGMA cache_size").fetchone()[0]
    connection.execute(f"PRAGMA cache_size = {-CACHE_KIB}")
    try:
        yield
    finally:
        connection.execute(f"PRAGMA cache_size = {size}")


_NEWEST_AT = """
    SELECT max(at) FROM (
        SELECT max(closed_at) AS at FROM parties
        UNION ALL SELECT at FROM (SELECT at FROM records ORDER BY number DESC LIMIT 1)
        UNION ALL SELECT max(at) FROM given_up_codes
        UNION ALL SELECT max(at) FROM inbox_entries
        UNION ALL SELECT at FROM (
            SELECT json_extract(family, '$.rotated_at') AS at FROM families ORDER BY expires_at DESC LIMIT 1
        )
    )
"""
"""The newest time of all rows outside of live parties; each part reads one row of an index."""


def _parties(connection: sqlite3.Connection) -> Iterator[tuple[int, Party]]:
    """The newest entry of every log has a snapshot of its party. A row for many parties, which are decoded by one call, takes
    half the time of a row for each."""
    after, count = 0, 0
    logged_at = time.monotonic()
    while True:
        [(text,)] = connection.execute(
            """
            SELECT group_concat('[' || serial || ',' || party || ']') FROM (
                SELECT serial, (
                    SELECT party FROM entries WHERE place BETWEEN serial << 31 AND (serial << 31) + ?
                    ORDER BY place DESC LIMIT 1
                ) AS party
                FROM parties WHERE closed_at IS NULL AND serial > ? ORDER BY serial LIMIT ?
            )
            """,
            (SEQ_MAX, after, PARTIES_READ_MAX),
        )
        if text is None:
            return
        parties = read_numbered_parties(f"[{text}]")
        yield from parties
        after, count = parties[-1][0], count + len(parties)
        if time.monotonic() - logged_at > PROGRESS_S:
            logged_at = time.monotonic()
            log.info("restored %d parties so far", count)


def _ended_sessions(connection: sqlite3.Connection) -> Iterator[EndedSession]:
    rows = connection.execute(
        """
        SELECT sessions.serial, party_id, status, game_type, coalesce(max(is_public AND closed_at IS NULL), 0)
        FROM sessions LEFT JOIN parties ON parties.id = party_id
        WHERE ended_at IS NOT NULL GROUP BY sessions.serial
        """
    )
    for serial, party_id, status, game_type, is_public in rows:
        facets = SessionFacets(party_id, SessionStatus(status), GameType(game_type))
        yield EndedSession(serial, facets, bool(is_public))


def _max(connection: sqlite3.Connection, query: str) -> int:
    greatest: int | None = connection.execute(query).fetchone()[0]
    return greatest or 0
