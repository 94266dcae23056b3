"""Files that are removed, replaced or linked under a server: it acknowledges nothing that would be lost."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lobby.domain.commands import JoinParty, PostMessage
from lobby.ports import Unavailable
from lobby.stores import InUse
from tests.lobby.stores.changes import ANA, BEN, create, do
from tests.lobby.stores.home import Home
from tests.lobby.stores.sqlite.test_files import owner_of, path_of

pytestmark = pytest.mark.skipif(os.name != "posix", reason="open files can be removed on POSIX")


def remove_folder(path: Path) -> None:
    for file in path.parent.iterdir():
        file.unlink()
    path.parent.rmdir()


def replace(path: Path) -> None:
    other = path.with_name("other.db")
    other.write_bytes(b"")
    other.replace(path)


def remove_log(path: Path) -> None:
    path.with_name("lobby.db-wal").unlink()


@pytest.mark.parametrize("remove", [Path.unlink, remove_folder, replace, remove_log])
async def test_commits_fail_after_the_files_were_removed(sqlite_home: Home, remove: Callable[[Path], None]) -> None:
    store = await sqlite_home.open()
    await create(store)
    remove(path_of(sqlite_home))
    with pytest.raises(Unavailable, match="was removed or replaced"):
        await do(store, "p1", JoinParty(BEN))
    with pytest.raises(Unavailable, match="was removed or replaced"):
        await store.check()
    assert await store.party_of_player("ben") is None
    await store.close()


async def test_the_store_continues_once_the_file_is_back(sqlite_home: Home) -> None:
    store = await sqlite_home.open()
    await create(store)
    path = path_of(sqlite_home)
    path.rename(path.with_name("moved.db"))
    with pytest.raises(Unavailable):
        await store.check()
    path.with_name("moved.db").rename(path)
    await do(store, "p1", JoinParty(BEN))
    await store.check()
    await store.close()


async def test_a_removed_file_is_not_created_again(sqlite_home: Home) -> None:
    store = await sqlite_home.open()
    path_of(sqlite_home).unlink()
    for _ in range(3):
        with pytest.raises(Unavailable):
            await store.check()
        with pytest.raises(Unavailable):
            await store.entries("p1", 0, 10)
    assert not path_of(sqlite_home).exists()
    await store.close()


async def test_a_hard_link_to_a_file_in_use_is_rejected(sqlite_home: Home, tmp_path: Path) -> None:
    store = await sqlite_home.open()
    await create(store)
    os.link(path_of(sqlite_home), tmp_path / "linked.db")
    with pytest.raises(InUse, match="hard links"):
        await Home(f"sqlite:///{tmp_path}/linked.db").open()
    await do(store, "p1", PostMessage(ANA, "still here"))
    await store.close()


@pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="the second lock is for Linux")
async def test_a_second_process_is_rejected_without_the_lock_file(sqlite_home: Home) -> None:
    path_of(sqlite_home).parent.mkdir()
    with owner_of(sqlite_home) as owner:
        path_of(sqlite_home).with_name("lobby.db.lock").unlink()
        with pytest.raises(InUse):
            await sqlite_home.open()
        owner.communicate()
    store = await sqlite_home.open()
    await create(store)
    await store.close()
