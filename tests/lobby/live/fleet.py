"""An allocator that a test holds in its hand."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from lobby.domain.model import Endpoint, Party
from lobby.domain.values import SessionId
from lobby.ports import EndedRun, Place

SERVER = Endpoint("udp", "play.example", 7777)
WAIT_S = 10.0


@dataclass(slots=True)
class Fleet:
    """It answers when it is let, and notes what it is asked and told."""

    endpoint: Endpoint | None = SERVER
    no: Exception | None = None
    """What it raises in place of an answer, until it is None again."""
    release_no: Exception | None = None
    asked: list[SessionId] = field(default_factory=list)
    told: list[EndedRun] = field(default_factory=list)
    at_once: Counter[SessionId] = field(default_factory=Counter)
    """For how many a session is being asked for right now."""
    hears_of_ends: bool = True
    _free: asyncio.Event = field(default_factory=asyncio.Event)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    def __post_init__(self) -> None:
        self._free.set()

    def holds(self) -> None:
        self._free.clear()

    def goes_on(self) -> None:
        self._free.set()

    @asynccontextmanager
    async def place(self, party: Party) -> AsyncIterator[Place]:
        assert party.session is not None
        session_id = party.session.id
        self.at_once[session_id] += 1
        try:
            await self._note(self.asked, session_id)
            await self._free.wait()
            if self.no is not None:
                raise self.no
            yield Place(self.endpoint, session_id)
        finally:
            self.at_once[session_id] -= 1

    async def release(self, run: EndedRun) -> None:
        assert self.at_once[run.session_id] == 0, "told of the end while it is still asked"
        await self._note(self.told, run)
        if self.release_no is not None:
            raise self.release_no

    async def close(self) -> None:
        return None

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(WAIT_S), self._news:
            await self._news.wait_for(holds)

    async def _note(self, book: list[object] | list[SessionId] | list[EndedRun], what: object) -> None:
        async with self._news:
            book.append(what)  # type: ignore[arg-type]
            self._news.notify_all()
