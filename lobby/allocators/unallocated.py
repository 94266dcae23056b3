"""The default: nobody is asked for an endpoint. The leader, or a game server, reports it with `updateSession`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from lobby.domain.model import Party
from lobby.ports import EndedRun, Place


class Unallocated:
    hears_of_ends = False

    @asynccontextmanager
    async def place(self, party: Party) -> AsyncIterator[Place]:
        yield Place()

    async def release(self, run: EndedRun) -> None:
        """Nothing was taken."""

    async def close(self) -> None:
        """Nothing is open."""
