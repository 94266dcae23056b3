"""The files of a store: private, owned by one process, and of a known version."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from lobby.domain.bounds import Bounds
from lobby.domain.commands import JoinParty
from lobby.ports import Retention, Unavailable
from lobby.stores import InUse, NewerSchema, OldSqlite, open_store
from lobby.stores.sqlite.backup import inspect
from lobby.stores.sqlite.schema import MIGRATIONS
from tests.lobby.stores.changes import BEN, CAT, create, do
from tests.lobby.stores.home import Home
from tests.manual_clock import ManualClock

_OPEN_UNTIL_INPUT_ENDS = """
import asyncio, sys
from tests.lobby.stores.home import Home

async def main() -> None:
    store = await Home(sys.argv[1]).open()
    print("open", flush=True)
    sys.stdin.read()
    await store.close()

asyncio.run(main())
"""


def path_of(home: Home) -> Path:
    return Path(home.url.removeprefix("sqlite:///"))


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
async def test_only_the_owner_can_read_folder_and_files(sqlite_home: Home) -> None:
    store = await sqlite_home.open()
    await create(store)
    folder = path_of(sqlite_home).parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    assert {"lobby.db", "lobby.db-wal", "lobby.db-shm", "lobby.db.lock", "lobby.db.generation"} == set(files)
    assert {0o600} == set(files.values())
    await store.close()


async def test_after_close_the_one_file_holds_everything(sqlite_home: Home) -> None:
    store = await sqlite_home.open()
    await create(store)
    await store.close()
    assert {"lobby.db", "lobby.db.lock", "lobby.db.generation"} == {
        file.name for file in path_of(sqlite_home).parent.iterdir()
    }


def owner_of(home: Home) -> subprocess.Popen[bytes]:
    """Another process that has the store open until its input ends."""
    command = (sys.executable, "-c", _OPEN_UNTIL_INPUT_ENDS, home.url)
    owner = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert owner.stdout is not None
    assert owner.stdout.readline() == b"open\n"
    return owner


async def test_the_error_of_a_second_process_names_the_first(sqlite_home: Home) -> None:
    path_of(sqlite_home).parent.mkdir()
    with owner_of(sqlite_home) as owner:
        with pytest.raises(InUse, match=rf"lobby\.db is in use by process {owner.pid};"):
            await sqlite_home.open()
        owner.communicate()
    store = await sqlite_home.open()
    await store.close()


async def test_one_process_can_not_open_a_file_twice(sqlite_home: Home) -> None:
    store = await sqlite_home.open()
    with pytest.raises(InUse):
        await sqlite_home.open()
    await store.close()


@pytest.mark.skipif(os.name != "posix", reason="links are POSIX")
async def test_a_link_to_a_file_in_use_is_in_use_too(sqlite_home: Home, tmp_path: Path) -> None:
    store = await sqlite_home.open()
    (tmp_path / "link").symlink_to(path_of(sqlite_home).parent)
    with pytest.raises(InUse):
        await Home(f"sqlite:///{tmp_path}/link/lobby.db").open()
    await store.close()


async def test_the_file_of_a_newer_server_is_rejected_and_unchanged(sqlite_home: Home) -> None:
    store = await sqlite_home.open()
    await create(store)
    await store.close()
    newer = len(MIGRATIONS) + 1
    with sqlite3.connect(path_of(sqlite_home)) as connection:
        connection.execute(f"PRAGMA user_version = {newer}")
    connection.close()
    with pytest.raises(NewerSchema, match=f"schema {newer}"):
        await sqlite_home.open()
    with sqlite3.connect(path_of(sqlite_home)) as connection:
        assert (newer,) == connection.execute("PRAGMA user_version").fetchone()
    connection.close()


def make_old(path: Path) -> None:
    """Bring a store file back to the tables of version 0.1.0, with the files that this had beside it."""
    with sqlite3.connect(path) as connection:
        tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
        for (table,) in tables.fetchall():
            if f"CREATE TABLE {table} (" not in "".join(MIGRATIONS[0]):
                connection.execute(f"DROP TABLE {table}")
        connection.execute("DROP TRIGGER entries_newest")
        connection.execute(next(statement for statement in MIGRATIONS[0] if "CREATE TRIGGER" in statement))
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    path.with_name(f"{path.name}.generation").unlink()


async def test_the_file_of_an_older_server_is_migrated_without_loss(sqlite_home: Home) -> None:
    """The logs in the file continue, and only the newest entry and every 32nd have a snapshot."""
    store = await sqlite_home.open()
    await create(store)
    await do(store, "p1", JoinParty(BEN))
    await store.close()
    make_old(path_of(sqlite_home))
    store = await sqlite_home.open()
    party = await do(store, "p1", JoinParty(CAT))
    assert await store.party("p1") == party
    assert [entry.seq for entry in await store.entries("p1", 0, 10)] == [1, 2, 3]
    await store.close()

    with sqlite3.connect(path_of(sqlite_home)) as connection:
        assert (len(MIGRATIONS),) == connection.execute("PRAGMA user_version").fetchone()
        held = connection.execute("SELECT party IS NOT NULL FROM entries ORDER BY place").fetchall()
    connection.close()
    assert held == [(1,), (0,), (1,)]
    copied = inspect(path_of(sqlite_home).with_name("lobby.db.schema-1"), is_thorough=True)
    assert (copied.schema, copied.live_parties) == (1, 1)


async def test_a_file_that_is_no_store_is_rejected(sqlite_home: Home) -> None:
    path_of(sqlite_home).parent.mkdir()
    path_of(sqlite_home).write_bytes(b"something else" * 100)
    with pytest.raises(Unavailable, match="not a database"):
        await sqlite_home.open()
    assert path_of(sqlite_home).read_bytes() == b"something else" * 100


@pytest.mark.parametrize("url", ["", "memory", "sqlite:///", "sqlite://lobby.db", "postgres://x", "valkey//x"])
async def test_an_unknown_url_is_a_value_error(url: str) -> None:
    with pytest.raises(ValueError, match="no store has the URL"):
        await open_store(url, Bounds(), Retention(), ManualClock())


async def test_a_relative_path_starts_at_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = await Home("sqlite:///data/lobby.db").open()
    assert (tmp_path / "data" / "lobby.db").is_file()
    await store.close()


async def test_the_error_of_an_old_sqlite_names_its_version(sqlite_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sqlite3.sqlite_version_info", (3, 36, 0))
    with pytest.raises(OldSqlite, match=r"SQLite 3\.37\.0 or newer"):
        await sqlite_home.open()
