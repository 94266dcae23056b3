"""The event loop is divided between clients: in slices of time, and by turns."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial

from lobby.runtime.turns import FairQueue, ReadyWork, Turns

PIECE_S = 0.002


def work() -> None:
    """A piece of work that takes longer than a slice, in CPU time, so that a busy machine changes nothing."""
    began_at = time.thread_time()
    while time.thread_time() - began_at < PIECE_S:
        pass


async def test_work_that_is_ready_at_the_same_time_is_done_in_many_turns_of_the_loop() -> None:
    turns, gaps = Turns(), list[float]()

    async def long_work() -> None:
        await turns.begin("mallory")
        for _ in range(2):
            work()
            if not turns.may_go_on():
                await turns.wait("mallory")

    async def watch() -> None:
        while True:
            slept_at = time.thread_time()
            await asyncio.sleep(0)
            gaps.append(time.thread_time() - slept_at)

    watching = asyncio.create_task(watch())
    await asyncio.gather(*(long_work() for _ in range(50)))
    watching.cancel()

    assert sum(gaps) > 50 * PIECE_S
    assert max(gaps) < 25 * PIECE_S


async def test_the_work_of_one_client_begins_in_order() -> None:
    turns, began = Turns(), list[int]()

    async def begin(number: int) -> None:
        await turns.begin("ann")
        began.append(number)
        work()

    tasks = []
    for number in range(20):
        tasks.append(asyncio.create_task(begin(number)))
        if number % 3 == 0:
            await asyncio.sleep(0)
    await asyncio.gather(*tasks)

    assert began == list(range(20))


async def test_short_pieces_share_turns_of_the_loop() -> None:
    turns, turn_count = Turns(slice_s=0.05), 0

    async def count_turns() -> None:
        nonlocal turn_count
        while True:
            turn_count += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count_turns())
    await asyncio.gather(*(turns.wait(number % 4) for number in range(200)))
    counting.cancel()

    assert turn_count < 100


async def test_a_client_with_much_work_delays_another_client_by_a_few_pieces() -> None:
    turns, began = Turns(), list[str]()

    async def begin(client: str) -> None:
        await turns.begin(client)
        began.append(client)
        work()

    flood = [asyncio.create_task(begin("mallory")) for _ in range(50)]
    await asyncio.sleep(0)
    await asyncio.gather(begin("ann"), *flood)

    assert began.index("ann") < 5


async def test_a_cancelled_wait_does_not_stop_the_others() -> None:
    turns = Turns()
    first, second = (asyncio.create_task(turns.wait()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    async with asyncio.timeout(5):
        await second
        await turns.begin("ann")


def test_the_keys_of_a_fair_queue_take_turns() -> None:
    queue = FairQueue[int]()
    for key, item in [("a", 1), ("a", 2), ("a", 3), ("b", 4), ("c", 5), ("b", 6)]:
        queue.put(key, item)

    assert [queue.pop() for _ in range(len(queue))] == [1, 4, 5, 2, 6, 3]


async def test_ready_work_runs_in_its_order_in_the_next_turn_of_the_loop() -> None:
    ready, done, deferred = ReadyWork[int](10.0), list[int](), list[int]()
    for number in range(5):
        ready.put(done.append, deferred.append, number)
    assert done == []
    await asyncio.sleep(0)

    assert (done, deferred) == ([0, 1, 2, 3, 4], [])


async def test_ready_work_that_a_turn_has_no_time_for_is_deferred() -> None:
    ready, done, deferred = ReadyWork[int](PIECE_S / 2), list[int](), list[int]()

    def run(number: int) -> None:
        work()
        done.append(number)

    for _ in range(2):
        for number in range(3):
            ready.put(run, deferred.append, number)
        await asyncio.sleep(0)

    assert (done, deferred) == ([0, 0], [1, 2, 1, 2])


async def test_ready_work_that_fails_keeps_no_other_work_from_being_done() -> None:
    ready, deferred, failures = ReadyWork[str](10.0), list[str](), list[object]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context["exception"]))

    def fail(_: str) -> None:
        raise OSError

    ready.put(fail, fail, "the first")
    ready.put(fail, deferred.append, "the next")
    await asyncio.sleep(0)

    assert deferred == ["the next"]
    assert [type(failure) for failure in failures] == [OSError]


async def test_results_of_ready_work_are_written_after_all_of_it_has_run() -> None:
    ready, done = ReadyWork[int](10.0), list[str]()

    def run(number: int) -> Callable[[], None]:
        done.append(f"run {number}")
        return lambda: done.append(f"write {number}")

    for number in (1, 2):
        ready.put(run, fail_if_deferred, number)
    await asyncio.sleep(0)

    assert done == ["run 1", "run 2", "write 1", "write 2"]


async def test_a_result_of_ready_work_that_cannot_be_written_keeps_no_other_from_being_written() -> None:
    ready, written, failures = ReadyWork[int](10.0), list[int](), list[object]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context["exception"]))

    def write(number: int) -> None:
        if number == 1:
            raise OSError
        written.append(number)

    for number in (1, 2, 3):
        ready.put(lambda each: partial(write, each), fail_if_deferred, number)
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert written == [2, 3]
    assert [type(failure) for failure in failures] == [OSError]


def fail_if_deferred(number: int) -> None:
    raise AssertionError(f"{number} was deferred")
