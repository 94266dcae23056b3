"""The counts of a store, and the check that it can write."""

from __future__ import annotations

import asyncio

import pytest

from lobby.domain.commands import LeaveParty
from lobby.ports import Store, Unavailable
from tests.lobby.stores.changes import ANA, BEN, create, do, start
from tests.lobby.stores.home import Home
from tests.lobby.stores.write_blocker import WriteBlocker


async def parties_and_sessions(store: Store) -> tuple[int, int]:
    counts = await store.store_counts()
    return counts.parties, counts.sessions


async def test_live_parties_and_active_sessions_are_counted(store: Store) -> None:
    assert await parties_and_sessions(store) == (0, 0)
    await create(store)
    await create(store, BEN, "p2")
    await do(store, "p1", start())
    assert await parties_and_sessions(store) == (2, 1)
    await do(store, "p1", LeaveParty(ANA))
    assert await parties_and_sessions(store) == (1, 0)


async def test_check_leaves_nothing_that_is_counted(store: Store) -> None:
    for _ in range(3):
        await store.check()
    assert await parties_and_sessions(store) == (0, 0)


async def test_check_fails_when_the_disk_does(store: Store, write_blocker: WriteBlocker) -> None:
    write_blocker.fail_next()
    with pytest.raises(Unavailable):
        await store.check()
    await store.check()


async def test_check_waits_for_the_disk(store: Store, write_blocker: WriteBlocker) -> None:
    write_blocker.hold()
    checking = asyncio.create_task(store.check())
    await write_blocker.reached()
    assert not checking.done()
    write_blocker.release()
    await checking


async def test_check_fails_on_a_closed_store(home: Home) -> None:
    store = await home.open()
    await store.close()
    with pytest.raises(Unavailable):
        await store.check()
