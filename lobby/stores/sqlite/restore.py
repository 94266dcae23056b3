"""Reads, when the server starts, what it must know of the one before."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Iterator

from lobby.domain.model import Party
from lobby.domain.values import GameType, SessionStatus
from lobby.stores.codec import read_party
from lobby.stores.engine import EndedSession, GivenUpCode, Restored
from lobby.stores.index import SessionFacets
from lobby.stores.sqlite.place import SEQ_MAX

log = logging.getLogger(__name__)

PROGRESS_S = 2.0
"""How often a long start says how far it is."""


def restore(connection: sqlite3.Connection) -> Restored:
    return Restored(
        parties=list(_parties(connection)),
        active_sessions=dict(connection.execute("SELECT id, serial FROM sessions WHERE ended_at IS NULL")),
        ended_sessions=list(_ended_sessions(connection)),
        codes=[GivenUpCode(*row) for row in connection.execute("SELECT * FROM given_up_codes ORDER BY at")],
        digests=connection.execute("SELECT digest, at FROM records").fetchall(),
        party_serial_max=_max(connection, "SELECT max(serial) FROM parties"),
        session_serial_max=_max(connection, "SELECT max(serial) FROM sessions"),
    )


def _parties(connection: sqlite3.Connection) -> Iterator[tuple[int, Party]]:
    """The newest entry of every log has the party as it stands."""
    rows = connection.execute(
        """
        SELECT serial, party FROM parties JOIN entries ON place = (
            SELECT max(place) FROM entries WHERE place BETWEEN serial << 31 AND (serial << 31) + ?
        )
        WHERE closed_at IS NULL ORDER BY serial
        """,
        (SEQ_MAX,),
    )
    told_at = time.monotonic()
    for count, (serial, text) in enumerate(rows):
        yield serial, read_party(text)
        if time.monotonic() - told_at > PROGRESS_S:
            told_at = time.monotonic()
            log.info("restored %d parties so far", count + 1)


def _ended_sessions(connection: sqlite3.Connection) -> Iterator[EndedSession]:
    rows = connection.execute(
        """
        SELECT sessions.serial, party_id, status, game_type, coalesce(max(is_public), 0)
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
