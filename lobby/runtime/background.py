"""Work that runs beside the requests: single tasks, and loops that repeat one piece of work."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine

from lobby.ports import Unavailable

log = logging.getLogger(__name__)

FAILURE_PAUSE_MAX_S = 1.0
"""The longest pause of a loop whose work keeps failing, unless its interval is longer."""


class BackgroundTasks:
    """The tasks that one owner has started. They end when they are done, or when the owner closes.

    The event loop itself only keeps weak references to tasks, so somebody has to hold them.
    """

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[None, None, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def __len__(self) -> int:
        """How many tasks still run."""
        return len(self._tasks)

    async def wait(self, timeout_s: float) -> None:
        """Return when all tasks are done or the time is over."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=timeout_s)

    async def close(self) -> None:
        """Cancel all tasks and return when they have ended."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)


class BackgroundLoop:
    """Repeats `work` with a pause in between, until it is stopped.

    A failure is logged and does not end the loop. After failures in a row the pause doubles each time, up to
    `failure_pause_max_s`. A store that is unavailable is logged once, until it is available again.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], Awaitable[bool]],
        interval_s: float,
        waits_first: bool = False,
        failure_pause_max_s: float = FAILURE_PAUSE_MAX_S,
    ) -> None:
        """`work` returns True if there is more to do at once; then the next run comes without a pause. `waits_first`: the
        first run comes after a pause, too."""
        self._name = name
        self._work = work
        self._interval_s = interval_s
        self._waits_first = waits_first
        self._failure_pause_max_s = failure_pause_max_s
        self._failures = 0
        self._is_unavailable = False
        self._tasks = BackgroundTasks()

    def start(self) -> None:
        self._tasks.start(self._run(), self._name)

    async def stop(self) -> None:
        """Cancel the work, and return when it has ended."""
        await self._tasks.close()

    async def _run(self) -> None:
        if self._waits_first:
            await asyncio.sleep(self._interval_s)
        while True:
            if not await self._run_once():
                await asyncio.sleep(self._pause_s())

    async def _run_once(self) -> bool:
        try:
            has_more = await self._work()
        except Unavailable as error:
            self._failures += 1
            if not self._is_unavailable:
                self._is_unavailable = True
                log.warning("%s: store unavailable, retrying: %s", self._name, error)
            return False
        except Exception:
            self._failures += 1
            log.exception("%s failed, next run in %.1f s", self._name, self._pause_s())
            return False
        if self._is_unavailable:
            self._is_unavailable = False
            log.info("%s: store available again", self._name)
        self._failures = 0
        return has_more

    def _pause_s(self) -> float:
        doubled_s = self._interval_s * 2.0 ** min(self._failures, 10)
        return max(self._interval_s, min(doubled_s, self._failure_pause_max_s))
