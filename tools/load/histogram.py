"""Times counted in classes, so that millions of them take the memory of some hundred."""

from __future__ import annotations

from collections import Counter
from math import ceil, exp, floor, log

CLASS_RATIO = 1.02
"""Each class ends at 1.02 times its beginning: a percentile is at most 2 % too high."""
SHORTEST_MS = 0.01
_LOG_RATIO = log(CLASS_RATIO)


class Histogram:
    """Times in ms."""

    __slots__ = ("_classes", "count", "max_ms")

    def __init__(self) -> None:
        self._classes: Counter[int] = Counter()
        self.count = 0
        self.max_ms = 0.0

    def add(self, ms: float) -> None:
        """Count a time. One below `SHORTEST_MS`, such as a negative one, counts as `SHORTEST_MS`."""
        self._classes[floor(log(max(ms, SHORTEST_MS) / SHORTEST_MS) / _LOG_RATIO)] += 1
        self.count += 1
        self.max_ms = max(self.max_ms, ms)

    def percentile(self, share: float) -> float | None:
        """The time in ms that this share of all times (0 to 1) does not exceed; None without any."""
        if not self.count:
            return None
        left = max(ceil(self.count * share), 1)
        for number in sorted(self._classes):
            left -= self._classes[number]
            if left <= 0:
                break
        return min(SHORTEST_MS * exp((number + 1) * _LOG_RATIO), self.max_ms)
