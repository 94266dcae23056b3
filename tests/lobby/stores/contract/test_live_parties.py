"""All live parties in pages, for operators."""

from __future__ import annotations

import pytest

from lobby.domain.commands import LeaveParty
from lobby.ports import Store, Unavailable
from tests.lobby.stores.changes import BEN, create, do, player
from tests.lobby.stores.home import Home
from tests.lobby.stores.write_blocker import WriteBlocker


async def listed(store: Store, before: int | None = None, limit: int = 10) -> list[str]:
    return [found.party.id for found in await store.live_parties(before, limit)]


async def test_pages_have_each_live_party_once_the_newest_first(store: Store) -> None:
    for number in range(1, 6):
        await create(store, player(f"player-{number}"), f"p{number}")
    await do(store, "p3", LeaveParty(player("player-3")))
    first = await store.live_parties(None, 2)
    assert [found.party.id for found in first] == ["p5", "p4"]
    assert await listed(store, first[-1].number) == ["p2", "p1"]
    assert await listed(store, first[-1].number, 1) == ["p2"]


async def test_a_party_that_is_not_durable_is_in_no_page(store: Store, write_blocker: WriteBlocker) -> None:
    await create(store)
    write_blocker.fail_next()
    with pytest.raises(Unavailable):
        await create(store, BEN, "p2")
    assert await listed(store) == ["p1"]


async def test_pages_are_the_same_after_a_restart(home: Home) -> None:
    store = await home.open()
    await create(store)
    await create(store, BEN, "p2")
    await store.close()
    store = await home.open()
    kept = [] if await store.party("p1") is None else ["p2", "p1"]  # the memory store keeps nothing
    assert await listed(store) == kept
    await store.close()
