"""Background tasks and loops."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from lobby.ports import Unavailable
from lobby.runtime.background import BackgroundLoop, BackgroundTasks

WAIT_S = 5.0


class Work:
    """Counts its runs, and raises the given failures first."""

    def __init__(self, *failures: Exception) -> None:
        self._failures = list(failures)
        self._changed = asyncio.Condition()
        self.runs = 0

    async def __call__(self) -> bool:
        async with self._changed:
            self.runs += 1
            self._changed.notify_all()
        if self._failures:
            raise self._failures.pop(0)
        return False

    async def has_run(self, times: int) -> None:
        async with asyncio.timeout(WAIT_S), self._changed:
            await self._changed.wait_for(lambda: self.runs >= times)


async def run(work: Callable[[], Awaitable[bool]], until: Awaitable[None], interval_s: float = 0.001) -> None:
    loop = BackgroundLoop("test loop", work, interval_s)
    loop.start()
    await until
    await loop.stop()


async def test_a_loop_repeats_its_work_until_it_is_stopped() -> None:
    work = Work()
    await run(work, work.has_run(3))
    runs = work.runs
    await asyncio.sleep(0.01)
    assert work.runs == runs


async def test_more_work_is_done_without_a_pause() -> None:
    left = 3

    async def work() -> bool:
        nonlocal left
        left -= 1
        return left > 0

    await run(work, asyncio.sleep(0.05), interval_s=60.0)
    assert left == 0


async def test_a_loop_goes_on_after_a_failure(caplog: pytest.LogCaptureFixture) -> None:
    work = Work(RuntimeError("broken"))
    await run(work, work.has_run(2))
    assert [record.levelname for record in caplog.records] == ["ERROR"]


async def test_an_unavailable_store_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    work = Work(*(Unavailable("no answer") for _ in range(3)))
    await run(work, work.has_run(4))
    assert [record.message for record in caplog.records] == ["test loop: store unavailable, retrying: no answer"]


async def test_the_pause_grows_with_each_failure_in_a_row() -> None:
    work = Work(*(Unavailable("no answer") for _ in range(100)))
    loop = BackgroundLoop("test loop", work, 0.001, failure_pause_max_s=60.0)
    loop.start()
    await asyncio.sleep(0.1)
    await loop.stop()
    assert 1 < work.runs <= 7


async def test_a_closed_owner_has_no_tasks_left() -> None:
    tasks = BackgroundTasks()
    cancelled = asyncio.Event()

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    tasks.start(wait(), "test task")
    await asyncio.sleep(0)
    await tasks.wait(timeout_s=0.001)
    assert len(tasks) == 1
    await tasks.close()
    assert (len(tasks), cancelled.is_set()) == (0, True)
