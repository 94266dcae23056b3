"""Writes a group of postings as one transaction.

Each table gets all its rows in one statement. Every statement gives up the interpreter lock and waits to have it back,
for up to 5 ms while the event loop is busy: with a statement a row, a group of 64 was measured to take 310 ms, so 24 ms.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from lobby.stores.posting import Posting
from lobby.stores.sqlite import rows
from lobby.stores.sqlite.rows import Row
from lobby.stores.sqlite.transaction import transaction

ROWS_MAX = 1_000
"""In one statement: six values a row are far below SQLite's 32,766."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What is done with all rows of one kind."""

    rows: Callable[[Posting], Iterator[Row]]
    head: str
    row: str
    tail: str = ""

    def sql(self, row_count: int) -> str:
        return f"{self.head} {', '.join([self.row] * row_count)}{self.tail}"


STATEMENTS = (
    Statement(
        rows.party_rows, "INSERT OR REPLACE INTO parties (serial, id, is_public, closed_at) VALUES", "(?, ?, ?, ?)"
    ),
    Statement(
        rows.entry_rows,
        "INSERT INTO entries (place, at, actor_id, kind, event, party) VALUES",
        "(?, ?, ?, ?, ?, ?)",
    ),
    Statement(
        rows.session_rows,
        "INSERT OR REPLACE INTO sessions (serial, id, party_id, status, game_type, ended_at, session) VALUES",
        "(?, ?, ?, ?, ?, ?, ?)",
    ),
    Statement(rows.cancelled_session_rows, "DELETE FROM sessions WHERE serial IN (", "?", ")"),
    Statement(
        rows.given_up_code_rows, "INSERT OR REPLACE INTO given_up_codes (code, party_id, at) VALUES", "(?, ?, ?)"
    ),
    Statement(rows.record_rows, "INSERT INTO records (digest, at, record) VALUES", "(?, ?, ?)"),
    Statement(rows.family_rows, "INSERT OR REPLACE INTO families (id, expires_at, family) VALUES", "(?, ?, ?)"),
)
"""In this order: a session that begins and is cancelled within one group is gone in the end."""


def write_group(connection: sqlite3.Connection, group: Sequence[Posting]) -> None:
    with transaction(connection):
        for statement in STATEMENTS:
            found = list(chain.from_iterable(map(statement.rows, group)))
            for start in range(0, len(found), ROWS_MAX):
                part = found[start : start + ROWS_MAX]
                connection.execute(statement.sql(len(part)), tuple(chain.from_iterable(part)))
