"""The tables of the file, and the steps that bring an older file up to date. `PRAGMA user_version` counts the steps done."""

from __future__ import annotations

import sqlite3

from lobby.stores.sqlite.connection import transaction

SQLITE_MIN = (3, 37, 0)
"""The first version with STRICT tables."""

SEQ_BITS = 31
SEQ_MAX = (1 << SEQ_BITS) - 1
SNAPSHOT_EVERY = 32
"""Every 32nd entry has a snapshot of the party. So reading from any entry on replays at most 31 others first."""

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
    # place: see `row_key`. party: a snapshot of the party after the entry, in the newest entry and in every 32nd.
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
    # session: of an ended session. An active one is part of its party.
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
    # digest: of player and key. Two records with the same digest differ in the record itself.
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

# The old snapshot is removed before the new row is inserted. When it was removed afterwards, the insert split pages, and a group
# of 16 mutations wrote 98 pages. Now it writes 69.
_REMOVE_SNAPSHOT_FIRST = (
    "DROP TRIGGER entries_newest",
    """
    CREATE TRIGGER entries_newest BEFORE INSERT ON entries BEGIN
        UPDATE entries SET party = NULL WHERE place = new.place - 1 AND (place & 31) <> 1;
    END
    """,
)

# history: see `FileHistory`. Empty until the first start.
_GENERATION = (
    """
    CREATE TABLE generation (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        history TEXT NOT NULL,
        commits INTEGER NOT NULL
    ) STRICT
    """,
    "INSERT INTO generation (id, history, commits) VALUES (1, '', 0)",
)

# run: who was in it, and how it ended, without the data. listed_at: as `SavedRun.listed_at`.
_SAVED_RUNS = (
    "CREATE TABLE runs (session_id TEXT PRIMARY KEY, ended_at INTEGER, run TEXT NOT NULL) STRICT",
    "CREATE INDEX runs_by_end ON runs (ended_at) WHERE ended_at IS NOT NULL",
    "CREATE TABLE checkpoints (session_id TEXT PRIMARY KEY, data TEXT NOT NULL) STRICT",
    """
    CREATE TABLE run_players (
        player_id TEXT NOT NULL,
        session_id TEXT NOT NULL,
        listed_at INTEGER NOT NULL,
        PRIMARY KEY (player_id, session_id)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX run_players_by_time ON run_players (player_id, listed_at, session_id)",
    "CREATE INDEX run_players_by_run ON run_players (session_id)",
)

# list: a BlockList
_BLOCK_LISTS = ("CREATE TABLE block_lists (player_id TEXT PRIMARY KEY, list TEXT NOT NULL) STRICT",)

# source: as `InboxPost.source`.
_INBOXES = (
    """
    CREATE TABLE inbox_entries (
        player_id TEXT NOT NULL,
        seq INTEGER NOT NULL,
        epoch TEXT NOT NULL,
        at INTEGER NOT NULL,
        kind TEXT NOT NULL,
        event TEXT NOT NULL,
        source TEXT NOT NULL,
        PRIMARY KEY (player_id, seq)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX inbox_entries_by_time ON inbox_entries (at)",
)

# identity: an Identity
_IDENTITIES = (
    """
    CREATE TABLE identities (
        provider TEXT NOT NULL,
        subject TEXT NOT NULL,
        player_id TEXT NOT NULL,
        identity TEXT NOT NULL,
        PRIMARY KEY (provider, subject)
    ) STRICT
    """,
    "CREATE INDEX identities_by_player ON identities (player_id)",
)

# act: an entry of the log of moderation. AUTOINCREMENT: no number is given twice, also after the newest rows were dropped.
_MODERATION = (
    """
    CREATE TABLE acts (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        by_name TEXT NOT NULL,
        key TEXT NOT NULL,
        act TEXT NOT NULL
    ) STRICT
    """,
    "CREATE UNIQUE INDEX acts_by_key ON acts (by_name, key)",
    "CREATE INDEX acts_by_time ON acts (at)",
    "CREATE TABLE bans (player_id TEXT PRIMARY KEY, number INTEGER NOT NULL, until INTEGER, ban TEXT NOT NULL) STRICT",
    "CREATE INDEX bans_by_number ON bans (number)",
    "CREATE INDEX bans_by_end ON bans (until) WHERE until IS NOT NULL",
    """
    CREATE TABLE reports (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        reporter_id TEXT NOT NULL,
        player_id TEXT NOT NULL,
        party_id TEXT NOT NULL,
        key TEXT,
        resolved_at INTEGER,
        report TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX reports_by_reporter ON reports (reporter_id)",
    "CREATE INDEX reports_by_player ON reports (player_id)",
    "CREATE INDEX reports_unresolved ON reports (number) WHERE resolved_at IS NULL",
    "CREATE TABLE maintenance (id INTEGER PRIMARY KEY CHECK (id = 1), maintenance TEXT NOT NULL) STRICT",
)

# sent: the seq of the newest entry of the party that was sent. since: when the entry after it was written. due: when it may go.
# replayed: as `WaitingLog.replayed_at`.
_EVENT_OUTBOX = (
    """
    CREATE TABLE event_outbox (
        serial INTEGER PRIMARY KEY,
        sent INTEGER NOT NULL,
        since INTEGER NOT NULL,
        due INTEGER NOT NULL,
        replayed INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE INDEX event_outbox_by_due ON event_outbox (due)",
    "CREATE INDEX event_outbox_by_since ON event_outbox (since)",
)

# wait_s: how long a search of this kind took
_SEARCH_WAITS = (
    """
    CREATE TABLE search_waits (
        number INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        search_id TEXT NOT NULL,
        wait_s INTEGER NOT NULL,
        ended_at INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE UNIQUE INDEX search_waits_by_search ON search_waits (kind, search_id)",
    "CREATE INDEX search_waits_by_end ON search_waits (ended_at)",
)

# device: a digest, see `lobby.app.guest_devices`.
_DEVICES = (
    "CREATE TABLE devices (player_id TEXT PRIMARY KEY, device TEXT NOT NULL, expires_at INTEGER NOT NULL) STRICT",
    "CREATE INDEX devices_by_expiry ON devices (expires_at)",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    _FIRST,
    _REMOVE_SNAPSHOT_FIRST,
    _GENERATION,
    _SAVED_RUNS,
    _BLOCK_LISTS,
    _INBOXES,
    _IDENTITIES,
    _MODERATION,
    _EVENT_OUTBOX,
    _SEARCH_WAITS,
    _DEVICES,
)
"""Step n brings a file from version n to n + 1. Never change a step that was released: add a new one."""


class NewerSchema(Exception):
    """A newer version of the server has written the file."""


class OldSqlite(Exception):
    """The SQLite of this Python is too old for the tables."""


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the file up to date, each step in one transaction. Raises `NewerSchema`, `OldSqlite`."""
    if sqlite3.sqlite_version_info < SQLITE_MIN:
        wanted = ".".join(map(str, SQLITE_MIN))
        raise OldSqlite(f"SQLite {wanted} or newer is needed, this Python has {sqlite3.sqlite_version}")
    version = schema_of(connection)
    if version > len(MIGRATIONS):
        raise NewerSchema(
            f"the store has schema {version}, this server knows schemas up to {len(MIGRATIONS)}: run the newer server"
        )
    for step in range(version, len(MIGRATIONS)):
        with transaction(connection):
            for statement in MIGRATIONS[step]:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {step + 1:d}")


def schema_of(connection: sqlite3.Connection) -> int:
    """The version of the tables of a file; 0 if it has none."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def row_key(serial: int, seq: int) -> int:
    """The key (column `place`) of a log entry: it sorts by party, and within a party by seq.

    The table has this key and no other index, so that the entries of one log are neighbours on its pages.
    """
    return serial << SEQ_BITS | min(seq, SEQ_MAX)


def seq_of_row_key(key: int) -> int:
    return key & SEQ_MAX


def has_snapshot(seq: int) -> bool:
    """True if an entry keeps its snapshot. The first one does, and logs are only cut before such an entry."""
    return seq % SNAPSHOT_EVERY == 1
