"""The collector looks at young objects often, so that a look is short."""

from __future__ import annotations

import asyncio
import gc
from collections import deque

import pytest

from lobby.runtime import gc_tuning
from lobby.runtime.gc_tuning import IDLE_LOOK_S, LOOKS_BEFORE_OLD, YoungObjects
from tests.waiting import wait_until

KEPT = 20_000
REPLACED_AT_ONCE = 1_000
LOOKS = 3 * LOOKS_BEFORE_OLD


async def replace_all() -> int:
    """Replace old objects by new ones, as new states of parties take the place of old ones. The most young objects at a time."""
    kept: deque[list[object]] = deque(([] for _ in range(KEPT)), maxlen=KEPT)
    gc.collect()
    most = 0
    for _ in range(0, KEPT, REPLACED_AT_ONCE):
        for _ in range(REPLACED_AT_ONCE):
            kept.append([])
        most = max(most, len(gc.get_objects(generation=0)))
        await asyncio.sleep(IDLE_LOOK_S / 5)
    return most


async def test_young_objects_stay_few_where_each_takes_the_place_of_an_old_one() -> None:
    young_objects = YoungObjects()
    without = await replace_all()
    young_objects.start()
    try:
        most = await replace_all()
    finally:
        young_objects.stop()

    assert without > KEPT / 2, "by itself the collector does not look: as many objects are freed as are made"
    assert most < without / 2


async def test_objects_that_survive_two_looks_are_old() -> None:
    kept: list[list[object]] = [[] for _ in range(KEPT)]
    young_objects = YoungObjects()
    young_objects.start()
    try:
        await asyncio.sleep(2 * LOOKS * IDLE_LOOK_S)
        young = len(gc.get_objects(generation=0)) + len(gc.get_objects(generation=1))
    finally:
        young_objects.stop()

    assert young < KEPT / 2
    assert len(kept) == KEPT


async def test_nothing_is_looked_at_after_the_end() -> None:
    young_objects = YoungObjects()
    young_objects.start()
    young_objects.stop()
    counted = gc.get_stats()[1]["collections"] + gc.get_stats()[0]["collections"]
    await asyncio.sleep(3 * IDLE_LOOK_S)

    assert gc.get_stats()[1]["collections"] + gc.get_stats()[0]["collections"] - counted <= 1


async def test_all_objects_are_looked_at_in_an_idle_moment_once_it_is_time(monkeypatch: pytest.MonkeyPatch) -> None:
    young_objects = YoungObjects()
    looks = gc.get_stats()[2]["collections"]

    async def has_looked_at_all() -> bool:
        return bool(gc.get_stats()[2]["collections"] > looks)

    young_objects.start()
    try:
        await asyncio.sleep(4 * IDLE_LOOK_S)
        assert gc.get_stats()[2]["collections"] == looks
        monkeypatch.setattr(gc_tuning, "ALL_LOOK_S", 0)
        await wait_until(has_looked_at_all)
    finally:
        young_objects.stop()
