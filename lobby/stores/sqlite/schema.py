"""The tables, and how older files become newer ones. The number of the last step done is in `PRAGMA user_version`."""

from __future__ import annotations

import sqlite3

from lobby.stores.sqlite.transaction import transaction

SQLITE_MIN = (3, 37, 0)
"""STRICT tables."""

_FIRST = (
    """
    CREATE TABLE parties (
        serial INTEGER PRIMARY KEY,
        id TEXT NOT NULL,
        is_public INTEGER NOT NULL,
        closed_at INTEGER
    ) STRICT
    """,
    "CREATE INDEX parties_by_id ON parties (id)",
    "CREATE INDEX parties_live ON parties (serial) WHERE closed_at IS NULL",
    "CREATE INDEX parties_by_closing ON parties (closed_at) WHERE closed_at IS NOT NULL",
    # place: serial and seq, see place.py. party: as it stands after the entry, in the newest and every 32nd.
    """
    CREATE TABLE entries (
        place INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        actor_id TEXT,
        kind TEXT NOT NULL,
        event TEXT NOT NULL,
        party TEXT
    ) STRICT
    """,
    """
    CREATE TRIGGER entries_newest AFTER INSERT ON entries BEGIN
        UPDATE entries SET party = NULL WHERE place = new.place - 1 AND (place & 31) <> 1;
    END
    """,
    # session: only of one that has ended; an active one is part of its party.
    """
    CREATE TABLE sessions (
        serial INTEGER PRIMARY KEY,
        id TEXT NOT NULL,
        party_id TEXT NOT NULL,
        status TEXT NOT NULL,
        game_type TEXT NOT NULL,
        ended_at INTEGER,
        session TEXT
    ) STRICT
    """,
    "CREATE INDEX sessions_by_id ON sessions (id)",
    "CREATE INDEX sessions_by_end ON sessions (ended_at) WHERE ended_at IS NOT NULL",
    "CREATE TABLE given_up_codes (code TEXT PRIMARY KEY, party_id TEXT NOT NULL, at INTEGER NOT NULL) STRICT",
    "CREATE INDEX given_up_codes_by_time ON given_up_codes (at)",
    # digest: of player and key; what has the same one is told apart by the record itself.
    """
    CREATE TABLE records (
        number INTEGER PRIMARY KEY,
        digest INTEGER NOT NULL,
        at INTEGER NOT NULL,
        record TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX records_by_digest ON records (digest)",
    "CREATE TABLE families (id TEXT PRIMARY KEY, expires_at INTEGER NOT NULL, family TEXT NOT NULL) STRICT",
    "CREATE INDEX families_by_expiry ON families (expires_at)",
)

# Room is made on the page before the new row needs it. Afterwards was too late: pages were split for it, and a group of 16
# mutations wrote 98 pages where it writes 69.
_ROOM_FIRST = (
    "DROP TRIGGER entries_newest",
    """
    CREATE TRIGGER entries_newest BEFORE INSERT ON entries BEGIN
        UPDATE entries SET party = NULL WHERE place = new.place - 1 AND (place & 31) <> 1;
    END
    """,
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_FIRST, _ROOM_FIRST)
"""Step n takes a file from version n to n + 1. A step that was released is never changed; a new one is added."""


class NewerSchema(Exception):
    """The file was written by a newer version of the server."""


class OldSqlite(Exception):
    """The SQLite that this Python came with lacks what the tables need."""


def migrate(connection: sqlite3.Connection) -> None:
    """Brings the file to this version, each step whole or not at all. Raises `NewerSchema`, `OldSqlite`."""
    if sqlite3.sqlite_version_info < SQLITE_MIN:
        wanted = ".".join(map(str, SQLITE_MIN))
        raise OldSqlite(f"SQLite {wanted} or newer is needed, this Python has {sqlite3.sqlite_version}")
    version = _version(connection)
    if version > len(MIGRATIONS):
        raise NewerSchema(
            f"the store is of schema {version}, this server knows up to {len(MIGRATIONS)}: run the newer server"
        )
    for step in range(version, len(MIGRATIONS)):
        with transaction(connection):
            for statement in MIGRATIONS[step]:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {step + 1:d}")


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version
