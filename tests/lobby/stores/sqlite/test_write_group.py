"""A group of commits is written in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from lobby.ports import Change, Commit, RefreshFamily
from lobby.stores.sqlite.connection import SqliteLimits, connect, create
from lobby.stores.sqlite.schema import migrate
from lobby.stores.sqlite.write_group import write_group
from lobby.stores.write_set import SerialSequence, WriteSet, create_write_set
from tests.lobby.stores.changes import party_creation

SYNCHRONOUS_FULL = 2


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    path = tmp_path / "lobby.db"
    create(path)
    connection = connect(path, SqliteLimits())
    migrate(connection)
    yield connection
    connection.close()


def write_set(change: Change) -> WriteSet:
    return create_write_set(Commit((change,)), SerialSequence(), SerialSequence())


def test_a_group_whose_last_statement_fails_leaves_nothing(connection: sqlite3.Connection) -> None:
    family = WriteSet(family=RefreshFamily("f", "ana", "Ana", 1, 0, 10))
    connection.execute("DROP TABLE families")
    with pytest.raises(sqlite3.OperationalError):
        write_group(connection, [write_set(party_creation()), family], 10)
    assert not connection.in_transaction
    assert connection.execute("SELECT count(*) FROM parties, entries").fetchone() == (0,)


def test_each_commit_waits_for_the_disk(connection: sqlite3.Connection) -> None:
    assert connection.execute("PRAGMA synchronous").fetchone() == (SYNCHRONOUS_FULL,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_only_the_newest_and_every_32nd_entry_have_a_snapshot(connection: sqlite3.Connection) -> None:
    made = party_creation()
    write_group(connection, [write_set(made)], 10)
    write = "INSERT INTO entries VALUES (?, 0, NULL, 'MessagePosted', '{}', 'party')"
    first = connection.execute("SELECT max(place) FROM entries").fetchone()[0]
    for seq in range(2, 71):
        connection.execute(write, (first - 1 + seq,))
    kept = connection.execute("SELECT place - ? FROM entries WHERE party IS NOT NULL ORDER BY place", (first - 1,))
    assert kept.fetchall() == [(1,), (33,), (65,), (70,)]
