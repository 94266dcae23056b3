"""An allocator that a test controls."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from lobby.domain.model import Endpoint, Party
from lobby.domain.values import SessionId
from lobby.ports import Allocation, EndedSession

SERVER = Endpoint("udp", "play.example", 7777)
WAIT_S = 10.0


@dataclass(slots=True)
class Fleet:
    """Allocates when the test lets it, and records allocations and releases."""

    endpoint: Endpoint | None = SERVER
    failure: Exception | None = None
    """The exception that `allocate` raises; None for success."""
    release_failure: Exception | None = None
    allocated: list[SessionId] = field(default_factory=list)
    released: list[EndedSession] = field(default_factory=list)
    at_once: Counter[SessionId] = field(default_factory=Counter)
    """By session: the number of calls of `allocate` that run now."""
    needs_release: bool = True
    _free: asyncio.Event = field(default_factory=asyncio.Event)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    def __post_init__(self) -> None:
        self._free.set()

    def pause(self) -> None:
        self._free.clear()

    def resume(self) -> None:
        self._free.set()

    @asynccontextmanager
    async def allocate(self, party: Party) -> AsyncIterator[Allocation]:
        assert party.session is not None
        session_id = party.session.id
        self.at_once[session_id] += 1
        try:
            await self._note(self.allocated, session_id)
            await self._free.wait()
            if self.failure is not None:
                raise self.failure
            yield Allocation(self.endpoint, session_id)
        finally:
            self.at_once[session_id] -= 1

    async def release(self, run: EndedSession) -> None:
        assert self.at_once[run.session_id] == 0, "released during an allocation"
        await self._note(self.released, run)
        if self.release_failure is not None:
            raise self.release_failure

    async def close(self) -> None:
        return None

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(WAIT_S), self._news:
            await self._news.wait_for(holds)

    async def _note(self, book: list[object] | list[SessionId] | list[EndedSession], what: object) -> None:
        async with self._news:
            book.append(what)  # type: ignore[arg-type]
            self._news.notify_all()
