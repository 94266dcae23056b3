"""Measures how late the event loop runs what is due: the first sign of a node with too much to do."""

from __future__ import annotations

import asyncio

INTERVAL_S = 0.25


class LoopLag:
    """Sleeps again and again, and notes how much too late it woke up. Costs some 10 us of CPU a second."""

    def __init__(self) -> None:
        self.lag_s = 0.0
        """The latest lag."""
        self.lag_total_s = 0.0
        """All lags together: its growth in a second is the share of the time that the loop was behind."""
        self._longest_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._due_at = 0.0

    def start(self) -> None:
        """Measure until `stop`. To be called in the event loop."""
        loop = asyncio.get_running_loop()
        self._due_at = loop.time() + INTERVAL_S
        self._timer = loop.call_at(self._due_at, self._wake)

    def stop(self) -> None:
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
        self.start()
