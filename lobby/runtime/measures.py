"""What is measured at run time: counts of values by size, and how late the event loop is."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Iterable
from time import process_time

INTERVAL_S = 0.25
TURN_LOOK_S = 0.01
"""On a busy server a turn of the loop that takes longer than this is always seen."""
IDLE_LOOK_S = 0.1
"""An idle process pays 0.09 ms to wake up, far more than for the look."""
BUSY_SHARE = 0.1
"""A process that uses more of its time is busy."""
TURN_BOUNDS_S = (0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1.0)


class Histogram:
    """How many values lie below each of some bounds, and their sum."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        """The number of values for each bound: those of at most the bound, but above the bound before.

        The last number counts those above all bounds.
        """
        self.total = 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


def add_up(bounds: tuple[float, ...], parts: Iterable[Histogram]) -> Histogram:
    """The values of several histograms with these bounds in one."""
    together = Histogram(bounds)
    for part in parts:
        together.counts = [one + other for one, other in zip(together.counts, part.counts, strict=True)]
        together.total += part.total
    return together


class LoopLag:
    """How late the event loop runs what is due: the first sign of a node with too much to do.

    Sleeps again and again, and notes how much too late it woke up. Costs about 10 us of CPU a second, and `turns` 1 ms.
    """

    def __init__(self) -> None:
        self.lag_s = 0.0
        """The latest lag."""
        self.lag_total_s = 0.0
        """All lags together: its growth in a second is the share of the time that the loop was behind."""
        self._longest_s = 0.0
        self.turns = LoopTurns()
        self._timer: asyncio.TimerHandle | None = None
        self._due_at = 0.0

    def start(self) -> None:
        """Measure until `stop`. To be called in the event loop."""
        self.turns.start()
        self._wait()

    def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        self._due_at = loop.time() + INTERVAL_S
        self._timer = loop.call_at(self._due_at, self._wake)

    def stop(self) -> None:
        self.turns.stop()
        if self._timer is not None:
            self._timer.cancel()

    @property
    def longest_s(self) -> float:
        """The longest lag since the last `forget_longest`."""
        return self._longest_s

    def forget_longest(self) -> None:
        self._longest_s = 0.0

    def _wake(self) -> None:
        self.lag_s = max(asyncio.get_running_loop().time() - self._due_at, 0.0)
        self.lag_total_s += self.lag_s
        self._longest_s = max(self._longest_s, self.lag_s)
        self._wait()


class LoopTurns:
    """Looks often how late the event loop is by its own work: for how long the others wait for one turn of it.

    A machine with more processes than cores makes everything late, without any fault of the server. So a look counts the time by
    which it is late, and at most the CPU time that the process has used since the look before. Costs 1 ms of CPU a second.
    """

    def __init__(self) -> None:
        self.late_s = Histogram(TURN_BOUNDS_S)
        self._timer: asyncio.TimerHandle | None = None
        self._looked_at = 0.0
        self._due_at = 0.0
        self._used_s = 0.0

    def start(self) -> None:
        """Look until `stop`. To be called in the event loop."""
        self._used_s = process_time()
        self._wait(TURN_LOOK_S)

    def _wait(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self._looked_at = loop.time()
        self._due_at = self._looked_at + seconds
        self._timer = loop.call_at(self._due_at, self._look)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        now = asyncio.get_running_loop().time()
        before_s, self._used_s = self._used_s, process_time()
        used_s = self._used_s - before_s
        self.late_s.observe(min(max(now - self._due_at, 0.0), used_s))
        is_busy = used_s > BUSY_SHARE * (now - self._looked_at)
        self._wait(TURN_LOOK_S if is_busy else IDLE_LOOK_S)
