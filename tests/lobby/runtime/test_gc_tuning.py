"""The collector looks at young objects often, so that a look is short."""

from __future__ import annotations

import asyncio
import gc
from collections import deque

from lobby.runtime.gc_tuning import IDLE_LOOK_S, LOOKS_BEFORE_OLD, YoungObjects

KEPT = 20_000
REPLACED_AT_ONCE = 1_000
LOOKS = 3 * LOOKS_BEFORE_OLD


async def replace_for(seconds: float) -> int:
    """Replace old objects by new ones, as new states of parties take the place of old ones. The most young objects at a time."""
    kept: deque[list[object]] = deque(([] for _ in range(KEPT)), maxlen=KEPT)
    gc.collect()
    most = 0
    ends_at = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < ends_at:
        for _ in range(REPLACED_AT_ONCE):
            kept.append([])
        most = max(most, len(gc.get_objects(generation=0)))
        await asyncio.sleep(IDLE_LOOK_S / 5)
    return most


async def test_young_objects_stay_few_where_each_takes_the_place_of_an_old_one() -> None:
    young_objects = YoungObjects()
    without = await replace_for(LOOKS * IDLE_LOOK_S)
    young_objects.start()
    try:
        most = await replace_for(LOOKS * IDLE_LOOK_S)
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
