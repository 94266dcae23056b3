"""A group of postings is one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from lobby.ports import Change, Commit, RefreshFamily
from lobby.stores.posting import Posting, posting_of
from lobby.stores.serials import Serials
from lobby.stores.sqlite.connection import SqliteLimits, connect, create
from lobby.stores.sqlite.group import write_group
from lobby.stores.sqlite.schema import migrate
from tests.stores.changes import founding

SYNCHRONOUS_FULL = 2


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    path = tmp_path / "lobby.db"
    create(path)
    connection = connect(path, SqliteLimits())
    migrate(connection)
    yield connection
    connection.close()


def posting(change: Change) -> Posting:
    return posting_of(Commit((change,)), Serials(), Serials())


def test_when_its_last_statement_fails_nothing_of_a_group_stays(connection: sqlite3.Connection) -> None:
    family = Posting(family=RefreshFamily("f", "ana", "Ana", 1, 0, 10))
    connection.execute("DROP TABLE families")
    with pytest.raises(sqlite3.OperationalError):
        write_group(connection, [posting(founding()), family])
    assert not connection.in_transaction
    assert connection.execute("SELECT count(*) FROM parties, entries").fetchone() == (0,)


def test_each_commit_waits_for_the_disk(connection: sqlite3.Connection) -> None:
    assert connection.execute("PRAGMA synchronous").fetchone() == (SYNCHRONOUS_FULL,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_only_the_newest_entry_and_every_32nd_carry_the_party(connection: sqlite3.Connection) -> None:
    made = founding()
    write_group(connection, [posting(made)])
    write = "INSERT INTO entries VALUES (?, 0, NULL, 'MessagePosted', '{}', 'party')"
    first = connection.execute("SELECT max(place) FROM entries").fetchone()[0]
    for seq in range(2, 71):
        connection.execute(write, (first - 1 + seq,))
    kept = connection.execute("SELECT place - ? FROM entries WHERE party IS NOT NULL ORDER BY place", (first - 1,))
    assert kept.fetchall() == [(1,), (33,), (65,), (70,)]
