"""Counts values by size."""

from __future__ import annotations

from bisect import bisect_left


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
