"""Writes a group of postings as one transaction.

Each table gets all its rows in one statement. Every statement gives up the interpreter lock and waits to have it back,
for up to 5 ms while the event loop is busy: with a statement a row, a group of 64 was measured to take 310 ms, so 24 ms.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter

from lobby.stores.posting import Posting
from lobby.stores.sqlite.rows import GroupRows, Rows
from lobby.stores.sqlite.transaction import transaction

ROWS_MAX = 1_000
"""In one statement: six values a row are far below SQLite's 32,766."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What is done with all rows of one kind."""

    rows: Callable[[GroupRows], Rows]
    head: str
    row: str
    tail: str = ""

    def sql(self, row_count: int) -> str:
        return f"{self.head} {', '.join([self.row] * row_count)}{self.tail}"


STATEMENTS = (
    Statement(
        attrgetter("parties"),
        "INSERT OR REPLACE INTO parties (serial, id, is_public, closed_at) VALUES",
        "(?, ?, ?, ?)",
    ),
    Statement(
        attrgetter("entries"),
        "INSERT INTO entries (place, at, actor_id, kind, event, party) VALUES",
        "(?, ?, ?, ?, ?, ?)",
    ),
    Statement(
        attrgetter("sessions"),
        "INSERT OR REPLACE INTO sessions (serial, id, party_id, status, game_type, ended_at, session) VALUES",
        "(?, ?, ?, ?, ?, ?, ?)",
    ),
    Statement(attrgetter("cancelled_sessions"), "DELETE FROM sessions WHERE serial IN (", "?", ")"),
    Statement(
        attrgetter("given_up_codes"), "INSERT OR REPLACE INTO given_up_codes (code, party_id, at) VALUES", "(?, ?, ?)"
    ),
    Statement(attrgetter("records"), "INSERT INTO records (digest, at, record) VALUES", "(?, ?, ?)"),
    Statement(attrgetter("families"), "INSERT OR REPLACE INTO families (id, expires_at, family) VALUES", "(?, ?, ?)"),
)
"""In this order: a session that begins and is cancelled within one group is gone in the end."""


def write_group(connection: sqlite3.Connection, group: Sequence[Posting]) -> None:
    rows = GroupRows.of(group)
    with transaction(connection):
        for statement in STATEMENTS:
            found = statement.rows(rows)
            for start in range(0, len(found), ROWS_MAX):
                part = found[start : start + ROWS_MAX]
                connection.execute(statement.sql(len(part)), tuple(chain.from_iterable(part)))
