"""A write hook by which a test delays writes or lets them fail."""

from __future__ import annotations

import asyncio

from lobby.ports import Unavailable


class WriteBlocker:
    """Awaited before each group of commits is written."""

    def __init__(self) -> None:
        self.groups = 0
        self._failing = 0
        self._is_open = asyncio.Event()
        self._is_open.set()
        self._reached = asyncio.Event()

    async def __call__(self) -> None:
        self.groups += 1
        self._reached.set()
        await self._is_open.wait()
        if self._failing:
            self._failing -= 1
            raise Unavailable("the test made this write fail")

    def hold(self) -> None:
        self._is_open.clear()
        self._reached.clear()

    def release(self) -> None:
        self._is_open.set()

    def fail_next(self) -> None:
        self._failing += 1

    async def reached(self) -> None:
        """Return once a group waits."""
        await self._reached.wait()
