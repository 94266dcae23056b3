"""When to try again: full jitter, so that those who were cut off together do not come back together."""

from __future__ import annotations

import asyncio
from random import Random

FIRST_S = 0.1
LONGEST_S = 1.5


class Backoff:
    """Each pause is anything up to a bound that doubles, until `reset`."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._failures = 0

    async def pause(self) -> None:
        bound_s = min(LONGEST_S, FIRST_S * 2**self._failures)
        self._failures += 1
        await asyncio.sleep(self._chance.uniform(0, bound_s))

    def reset(self) -> None:
        self._failures = 0
