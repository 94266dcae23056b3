"""The collector looks at young objects often, so that a look is short.

Each test runs in a process of its own: servers of other tests, in other threads, also have the collector look.
"""

from __future__ import annotations

import asyncio
import gc
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from lobby.runtime import gc_tuning
from lobby.runtime.gc_tuning import IDLE_LOOK_S, LOOKS_BEFORE_OLD, YoungObjects
from tests.waiting import wait_until

KEPT = 20_000
REPLACED_AT_ONCE = 1_000
LOOKS = 3 * LOOKS_BEFORE_OLD
PROCESS_WAIT_S = 60.0


def run_alone(work: Callable[[], Coroutine[None, None, None]]) -> None:
    """Run a coroutine function of this module in a new process. Raises what it raises."""
    with ProcessPoolExecutor(1, get_context("spawn")) as processes:
        processes.submit(_run, work).result(PROCESS_WAIT_S)


def _run(work: Callable[[], Coroutine[None, None, None]]) -> None:
    asyncio.run(work())


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


def test_young_objects_stay_few_where_each_takes_the_place_of_an_old_one() -> None:
    run_alone(_young_objects_stay_few_where_each_takes_the_place_of_an_old_one)


async def _young_objects_stay_few_where_each_takes_the_place_of_an_old_one() -> None:
    young_objects = YoungObjects()
    without = await replace_all()
    young_objects.start()
    try:
        most = await replace_all()
    finally:
        young_objects.stop()

    assert without > KEPT / 2, "by itself the collector does not look: as many objects are freed as are made"
    assert most < without / 2


def test_objects_that_survive_two_looks_are_old() -> None:
    run_alone(_objects_that_survive_two_looks_are_old)


async def _objects_that_survive_two_looks_are_old() -> None:
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


def test_nothing_is_looked_at_after_the_end() -> None:
    run_alone(_nothing_is_looked_at_after_the_end)


async def _nothing_is_looked_at_after_the_end() -> None:
    young_objects = YoungObjects()
    young_objects.start()
    young_objects.stop()
    counted = gc.get_stats()[1]["collections"] + gc.get_stats()[0]["collections"]
    await asyncio.sleep(3 * IDLE_LOOK_S)

    assert gc.get_stats()[1]["collections"] + gc.get_stats()[0]["collections"] - counted <= 1


def test_all_objects_are_looked_at_in_an_idle_moment_once_it_is_time() -> None:
    run_alone(_all_objects_are_looked_at_in_an_idle_moment_once_it_is_time)


async def _all_objects_are_looked_at_in_an_idle_moment_once_it_is_time() -> None:
    young_objects = YoungObjects()
    looks = gc.get_stats()[2]["collections"]

    async def has_looked_at_all() -> bool:
        return bool(gc.get_stats()[2]["collections"] > looks)

    young_objects.start()
    try:
        await asyncio.sleep(4 * IDLE_LOOK_S)
        assert gc.get_stats()[2]["collections"] == looks
        gc_tuning.ALL_LOOK_S = 0  # in this process alone
        await wait_until(has_looked_at_all)
    finally:
        young_objects.stop()
