"""What a store says of itself: how much it holds, and whether it can keep more."""

from __future__ import annotations

import asyncio

import pytest

from lobby.domain.commands import LeaveParty
from lobby.ports import Census, Store, Unavailable
from tests.stores.changes import ANA, BEN, create, do, start
from tests.stores.gate import SteeredGate
from tests.stores.home import Home


async def test_live_parties_and_active_sessions_are_counted(store: Store) -> None:
    assert await store.census() == Census(0, 0)
    await create(store)
    await create(store, BEN, "p2")
    await do(store, "p1", start())
    assert await store.census() == Census(2, 1)
    await do(store, "p1", LeaveParty(ANA))
    assert await store.census() == Census(1, 0)


async def test_a_store_that_can_keep_something_says_so_and_holds_no_more_for_it(store: Store) -> None:
    for _ in range(3):
        await store.check()
    assert await store.census() == Census(0, 0)


async def test_a_disk_that_refuses_is_told_of(store: Store, gate: SteeredGate) -> None:
    gate.fail_next()
    with pytest.raises(Unavailable):
        await store.check()
    await store.check()


async def test_it_is_not_said_before_the_disk_has_it(store: Store, gate: SteeredGate) -> None:
    gate.hold()
    checking = asyncio.create_task(store.check())
    await gate.reached()
    assert not checking.done()
    gate.release()
    await checking


async def test_a_closed_store_keeps_nothing(home: Home) -> None:
    store = await home.open()
    await store.close()
    with pytest.raises(Unavailable):
        await store.check()
