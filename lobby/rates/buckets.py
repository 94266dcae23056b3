"""Token buckets, one for each key.

Each is one number, the moment at which it will be full again (the generic cell rate algorithm of ATM, ITU-T I.371): no timer
refills it and nothing is stored for who did nothing lately. `take` costs 0.6 us. The limiters of `limits` 5.8 take 6 to 10 us in
memory, and a round trip where they share their counts over nodes; a whole mutation has 100 us. See docs/limits.md.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` at once, and `per_s` on average. `per_s` is above 0, `burst` at least 1."""

    per_s: float
    burst: int


class Buckets:
    """Buckets of one rate."""

    def __init__(self, rate: Rate, keys_max: int = 100_000) -> None:
        """Past `keys_max` keys those that were silent for longest are forgotten, which fills their buckets."""
        self._ms_each = 1000 / rate.per_s
        self._depth_ms = rate.burst * self._ms_each
        self._keys_max = keys_max
        self._full_at: dict[Hashable, float] = {}
        self._before: dict[Hashable, float] = {}
        """Two generations: the older one is dropped whole, so that forgetting costs nothing for each key."""

    def take(self, key: Hashable, now_ms: float, count: float = 1) -> int:
        """Take `count` tokens: 0. Where there are not so many, none are taken, and it is the ms until there will be.

        More than the bucket holds are as many as it holds, or whoever asks for them would wait for ever.
        """
        due = self._due(key, now_ms) + min(count * self._ms_each, self._depth_ms)
        wait_ms = due - now_ms - self._depth_ms
        if wait_ms > 0:
            return ceil(wait_ms)
        self._keep(key, due)
        return 0

    def owe(self, key: Hashable, now_ms: float, most_ms: float) -> int:
        """Take a token, be it there or not: the ms until it will be there, 0 where it is. So each has to wait for those before
        it, but none for longer than `most_ms`."""
        full_at = self._due(key, now_ms) + self._ms_each
        wait_ms = min(max(full_at - now_ms - self._depth_ms, 0.0), most_ms)
        self._keep(key, min(full_at, now_ms + self._depth_ms + most_ms))
        return ceil(wait_ms)

    def owed_ms(self, key: Hashable, now_ms: float) -> int:
        """For how long whoever takes a token now would have to wait for those before it alone."""
        return ceil(max(self._due(key, now_ms) - now_ms - self._depth_ms, 0.0))

    def _due(self, key: Hashable, now_ms: float) -> float:
        """When the bucket will be full."""
        full_at = self._full_at.get(key)
        if full_at is None:
            full_at = self._before.get(key, 0.0)
        return full_at if full_at > now_ms else now_ms

    def _keep(self, key: Hashable, full_at: float) -> None:
        self._full_at[key] = full_at
        if len(self._full_at) > self._keys_max:
            self._before, self._full_at = self._full_at, {}
