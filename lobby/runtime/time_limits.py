"""Time limits of calls, with one timer for all of them."""

from __future__ import annotations

import asyncio
from types import TracebackType

from lobby.runtime.slot_timer import SlotTimer

ENDED_PER_TURN = 100


class TimeLimits:
    """`with limits.limit(s):` is `async with asyncio.timeout(s):`, for blocks that begin often and nearly always end in time.

    `asyncio.timeout` sets a timer for each block and cancels it: 7 us of a call to Valkey.
    """

    def __init__(self, slot_s: float) -> None:
        """A block may take up to `slot_s` longer than its limit."""
        self._timer: SlotTimer[TimeLimit] = SlotTimer(slot_s, lambda limit, _: limit.end(), ENDED_PER_TURN)

    def limit(self, limit_s: float) -> TimeLimit:
        """For one block of the current task. At the limit the task is cancelled, and the block raises `TimeoutError` instead."""
        return TimeLimit(self._timer, limit_s)


class TimeLimit:
    """The limit of one block. It counts cancellations as `asyncio.timeout` does, so that those of others pass through."""

    __slots__ = ("_cancellations", "_is_over", "_limit_s", "_task", "_timer")

    def __init__(self, timer: SlotTimer[TimeLimit], limit_s: float) -> None:
        task = asyncio.current_task()
        assert task is not None, "only a task can be cancelled"
        self._timer = timer
        self._limit_s = limit_s
        self._task = task
        self._cancellations = task.cancelling()
        """Those before the block."""
        self._is_over = False

    def __enter__(self) -> None:
        self._timer.put(self, self._task.get_loop().time() + self._limit_s)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._timer.remove(self)
        if self._is_over and self._task.uncancel() <= self._cancellations and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def end(self) -> None:
        self._is_over = True
        self._task.cancel()
