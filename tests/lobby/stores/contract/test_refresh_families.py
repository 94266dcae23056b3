"""Several clients rotate one refresh family at the same time, and exactly one succeeds."""

from __future__ import annotations

import asyncio

import pytest

from lobby.ports import Conflict, RefreshFamily, Store
from lobby.struct import replace

FIRST = RefreshFamily("f1", "ana", "Ana", 1, rotated_at=1_000, expires_at=9_000)


async def test_a_family_is_read_as_it_was_saved(store: Store) -> None:
    await store.save_refresh_family(FIRST, None)
    assert await store.refresh_family("f1") == FIRST
    assert await store.refresh_family("f2") is None


async def test_a_family_is_created_once(store: Store) -> None:
    await store.save_refresh_family(FIRST, None)
    with pytest.raises(Conflict):
        await store.save_refresh_family(FIRST, None)


async def test_a_family_changes_only_from_the_stored_generation(store: Store) -> None:
    await store.save_refresh_family(FIRST, None)
    second = replace(FIRST, generation=2, revoked=True)
    with pytest.raises(Conflict):
        await store.save_refresh_family(second, 2)
    await store.save_refresh_family(second, 1)
    assert second == await store.refresh_family("f1")
    with pytest.raises(Conflict):
        await store.save_refresh_family(second, 1)


async def test_of_many_concurrent_rotations_one_succeeds(store: Store) -> None:
    await store.save_refresh_family(FIRST, None)
    rivals = [store.save_refresh_family(replace(FIRST, generation=2, rotated_at=at), 1) for at in range(8)]
    outcomes = await asyncio.gather(*rivals, return_exceptions=True)
    assert [Conflict] * 7 == [type(outcome) for outcome in outcomes if outcome is not None]


async def test_a_sweep_drops_families_that_have_expired(store: Store) -> None:
    await store.save_refresh_family(FIRST, None)
    await store.save_refresh_family(replace(FIRST, id="f2", expires_at=9_001), None)
    await store.sweep(8_999)
    assert await store.refresh_family("f1") is not None
    await store.sweep(9_000)
    assert await store.refresh_family("f1") is None
    assert await store.refresh_family("f2") is not None
