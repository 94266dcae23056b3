"""Drops, a little at a time, what is no longer kept."""

from __future__ import annotations

import asyncio
import logging

from lobby.ports import Clock, Store, Unavailable

log = logging.getLogger(__name__)

SWEEP_EVERY_S = 10.0


class Sweeper:
    """Calls the store's sweep from time to time."""

    def __init__(self, store: Store, clock: Clock, every_s: float = SWEEP_EVERY_S) -> None:
        self._store = store
        self._clock = clock
        self._every_s = every_s
        self._running: asyncio.Task[None] | None = None

    async def open(self) -> None:
        self._running = asyncio.create_task(self._run(), name="sweeper")

    async def close(self) -> None:
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            try:
                await self._store.sweep(self._clock.now())
            except Unavailable as error:
                log.warning("no sweep for now: %s", error)
            except Exception:
                log.exception("a sweep failed; the next one comes in %s s", self._every_s)
