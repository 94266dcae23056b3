"""Through the serials of a bitmap from a place on, without looking at those before it."""

from __future__ import annotations

from pyroaring import BitMap


def upwards(serials: BitMap, after: int, count_max: int) -> list[int]:
    """Up to `count_max` serials greater than `after`, the smallest first."""
    start = serials.rank(after)
    return [serials[place] for place in range(start, min(start + count_max, len(serials)))]


def downwards(serials: BitMap, before: int, count_max: int) -> list[int]:
    """Up to `count_max` serials less than `before`, the greatest first."""
    start = serials.rank(before - 1) if before > 0 else 0
    return [serials[place] for place in range(start - 1, max(start - count_max, 0) - 1, -1)]
