"""Which idempotency keys were certainly never used, so that a new one costs no look at the disk."""

from __future__ import annotations

from pyroaring import BitMap

from lobby.domain.bounds import HOUR_MS
from lobby.domain.values import Instant

_DIGEST_BITS = (1 << 32) - 1
"""At two million keys a day, one new key in 2,000 is looked for in vain."""


class KeyFilter:
    """Digests by the hour of their use: a few bytes a key, and whole hours are forgotten at once."""

    def __init__(self) -> None:
        self._hours: dict[int, BitMap] = {}

    def add(self, digest: int, at: Instant) -> None:
        hour = at // HOUR_MS
        digests = self._hours.get(hour)
        if digests is None:
            digests = self._hours[hour] = BitMap()
        digests.add(digest & _DIGEST_BITS)

    def may_have(self, digest: int) -> bool:
        return any(digest & _DIGEST_BITS in digests for digests in self._hours.values())

    def forget(self, before: Instant) -> None:
        """Drops the hours that were over by `before`."""
        for hour in [hour for hour in self._hours if (hour + 1) * HOUR_MS <= before]:
            del self._hours[hour]
