"""Lets mishaps befall the place where things are kept."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from random import Random

from chaos.figures import Figures
from chaos.homes.home import Mishap


class Misfortune:
    """One mishap at a time, every `every_s` on average; servers are killed meanwhile by somebody else."""

    def __init__(self, mishaps: Sequence[Mishap], every_s: float, chance: Random, figures: Figures) -> None:
        self._mishaps = mishaps
        self._every_s = every_s
        self._chance = chance
        self._figures = figures

    async def run(self, until: float) -> None:
        """Until `until` of the monotonic clock; all is right again on return."""
        shares = [mishap.share for mishap in self._mishaps]
        while self._mishaps:
            pause_s = self._every_s * self._chance.uniform(0.5, 1.5)
            if time.monotonic() + pause_s > until:
                return
            await asyncio.sleep(pause_s)
            mishap = self._chance.choices(self._mishaps, shares)[0]
            self._figures.mishaps[mishap.name] += 1
            await mishap.befall(self._chance)
