"""A file that may have lost its newest commits gives all live parties new epochs, and no other file does."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from lobby.domain.commands import JoinParty, LeaveParty, PostMessage
from lobby.domain.cursor import Cursor
from lobby.ports import LogTrimmed, Store
from lobby.stores.sqlite.backup import restore as restore_backup
from tests.lobby.stores.changes import ANA, BEN, CAT, create, do
from tests.lobby.stores.home import Home
from tests.lobby.stores.sqlite.test_files import make_old, path_of


async def epoch_of(store: Store, party_id: str = "p1") -> str:
    party = await store.party(party_id)
    assert party is not None
    return party.epoch


async def epoch_after(home: Home) -> str:
    """The epoch that the party has after another start."""
    store = await home.open()
    epoch = await epoch_of(store)
    await store.close()
    return epoch


def back_up(home: Home) -> Path:
    """A copy of the file made by SQLite, as the operators' guide recommends."""
    target = path_of(home).parent / "backup.db"
    with closing(sqlite3.connect(path_of(home))) as source, closing(sqlite3.connect(target)) as backup:
        source.backup(backup)
    return target


async def test_restarts_keep_the_epoch(sqlite_home: Home) -> None:
    store = await sqlite_home.open()
    party = await create(store)
    await store.close()
    assert [await epoch_after(sqlite_home) for _ in range(3)] == [party.epoch] * 3


async def test_a_copy_of_files_of_a_running_server_keeps_nothing_it_can_not_prove(sqlite_home: Home) -> None:
    """The copy has the files as they are after a crash. In another place they may be older than the state that clients have
    seen."""
    store = await sqlite_home.open()
    party = await create(store)
    elsewhere = path_of(sqlite_home).parent.with_name("elsewhere")
    shutil.copytree(path_of(sqlite_home).parent, elsewhere)
    await store.close()
    assert party.epoch != await epoch_after(Home(f"sqlite:///{elsewhere}/lobby.db"))


@pytest.mark.parametrize("restore", [shutil.copyfile, os.replace])
async def test_a_restored_backup_gives_live_parties_new_epochs(
    sqlite_home: Home, restore: Callable[[Path, Path], object]
) -> None:
    store = await sqlite_home.open()
    await create(store)
    await create(store, BEN, "closed")
    closed = await do(store, "closed", LeaveParty(BEN))
    before = await do(store, "p1", *(PostMessage(ANA, f"kept {count}") for count in range(40)))
    backup = back_up(sqlite_home)
    lost = await do(store, "p1", *(PostMessage(ANA, f"lost {count}") for count in range(5)))
    inbox = await store.inbox("ana")
    await store.close()
    restore(backup, path_of(sqlite_home))

    store = await sqlite_home.open()
    after = await do(store, "p1", *(PostMessage(ANA, f"new {count}") for count in range(8)))
    assert after.version > lost.version > before.version
    assert after.epoch != lost.epoch
    assert Cursor.parse(str(Cursor(after.epoch, after.version))) is not None
    assert {entry.party.epoch for entry in await store.entries("p1", 0, 1000)} == {after.epoch}
    assert await epoch_of(store, "closed") == closed.epoch
    assert (await store.inbox("ana")).version == inbox.version
    with pytest.raises(LogTrimmed):
        await store.inbox_entries(inbox, 10)
    await store.close()
    assert await epoch_after(sqlite_home) == after.epoch


async def test_a_backup_of_a_backup_gets_another_epoch_again(sqlite_home: Home) -> None:
    """All epochs have the form of a cursor, however often backups were restored."""
    store = await sqlite_home.open()
    await create(store)
    epochs = {await epoch_of(store)}
    for _ in range(6):
        backup = back_up(sqlite_home)
        await do(store, "p1", PostMessage(ANA, "lost"))
        await store.close()
        shutil.copyfile(backup, path_of(sqlite_home))
        store = await sqlite_home.open()
        epochs.add(await epoch_of(store))
    await store.close()
    assert len(epochs) == 7
    assert all(Cursor.parse(f"{epoch}.1") is not None for epoch in epochs)


async def test_a_backup_that_lacks_nothing_but_its_proof_is_not_trusted(sqlite_home: Home) -> None:
    store = await sqlite_home.open()
    party = await create(store)
    await store.close()
    path_of(sqlite_home).with_name("lobby.db.generation").unlink()
    assert party.epoch != await epoch_after(sqlite_home)


@pytest.mark.parametrize("text", [b"", b"\xff\x00", b"a b c d", b"abc"])
async def test_a_torn_proof_proves_nothing(sqlite_home: Home, text: bytes) -> None:
    store = await sqlite_home.open()
    party = await create(store)
    await store.close()
    path_of(sqlite_home).with_name("lobby.db.generation").write_bytes(text)
    assert party.epoch != await epoch_after(sqlite_home)


async def test_a_lost_write_ahead_log_gives_new_epochs(sqlite_home: Home) -> None:
    """The files after a power cut, on a disk that loses its last writes."""
    store = await sqlite_home.open()
    await create(store)
    epoch = (await do(store, "p1", JoinParty(CAT))).epoch
    await store.close()
    path = path_of(sqlite_home)
    kept = path.read_bytes()
    store = await sqlite_home.open()
    await do(store, "p1", PostMessage(ANA, "lost"))
    await store.close()
    path.write_bytes(kept)
    assert await epoch_after(sqlite_home) != epoch


async def test_the_update_of_a_file_of_0_1_0_keeps_the_epoch(sqlite_home: Home) -> None:
    store = await sqlite_home.open()
    party = await create(store)
    await store.close()
    make_old(path_of(sqlite_home))
    assert [await epoch_after(sqlite_home) for _ in range(2)] == [party.epoch] * 2


async def test_a_backup_of_0_1_0_that_comes_back_after_the_update_gets_another_epoch(sqlite_home: Home) -> None:
    store = await sqlite_home.open()
    party = await create(store)
    await store.close()
    backup = back_up(sqlite_home)
    make_old_file(backup)
    shutil.copyfile(backup, path_of(sqlite_home))
    assert party.epoch != await epoch_after(sqlite_home)


async def test_a_backup_of_0_1_0_that_is_restored_gets_another_epoch(sqlite_home: Home) -> None:
    """Also on a machine on which no server has run yet."""
    store = await sqlite_home.open()
    party = await create(store)
    await store.close()
    backup = back_up(sqlite_home)
    make_old_file(backup)
    for file in path_of(sqlite_home).parent.glob("lobby.db*"):
        file.unlink()
    restore_backup(backup, path_of(sqlite_home), ".before")
    assert party.epoch != await epoch_after(sqlite_home)


def make_old_file(backup: Path) -> None:
    backup.with_name(f"{backup.name}.generation").touch()
    make_old(backup)
