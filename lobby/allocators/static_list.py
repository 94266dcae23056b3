"""A fixed list of game servers, each with room for a number of sessions."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from lobby.domain.listing import SessionFilter
from lobby.domain.model import Endpoint, Party
from lobby.domain.rejections import Rejection
from lobby.domain.rules.endpoints import checked_endpoint
from lobby.domain.values import SessionId, SessionStatus
from lobby.ports import EndedRun, NoPlaceYet, Place, SessionQuery, Store

CAPACITY_MAX = 100_000
PAGE = 500
AGAIN_AFTER_S = 1.0
"""Sessions end at any time: as long as an allocation may take, it is worth another look."""


@dataclass(frozen=True, slots=True)
class GameServer:
    """One of the list. `name` is what sessions remember it by, also over a restart with another list."""

    name: str
    endpoint: Endpoint
    capacity: int

    @classmethod
    def read(cls, written: str) -> GameServer:
        """From `udp://play1.example:7777?capacity=8`; without a capacity it is 1. Raises `ValueError`."""
        try:
            url = urlsplit(written)
            endpoint = checked_endpoint(Endpoint(url.scheme, url.hostname or "", url.port))
            (capacity,) = map(int, parse_qs(url.query, strict_parsing=True)["capacity"]) if url.query else (1,)
        except (ValueError, KeyError):
            raise ValueError(f"{written!r} is not like udp://play1.example:7777?capacity=8") from None
        if isinstance(endpoint, Rejection):
            raise ValueError(f"{written!r}: {endpoint.message}")
        if not 1 <= capacity <= CAPACITY_MAX:
            raise ValueError(f"{written!r}: the capacity must be 1 to {CAPACITY_MAX}")
        return cls(f"{url.scheme}://{url.netloc}", endpoint, capacity)


def read_list(written: Sequence[str]) -> list[GameServer]:
    """Raises `ValueError`."""
    servers = [GameServer.read(one) for one in written]
    if not servers or len({server.name for server in servers}) < len(servers):
        raise ValueError("at least one game server is needed, and each once")
    return servers


class StaticList:
    """Takes the game server with the most room; of equals the first.

    What is taken is counted anew each time, from the sessions that run: so nothing needs giving back, and neither a crash
    nor a restart can lose a place. One node never gives a place twice; several nodes may, in the same moment.
    """

    hears_of_ends = False

    def __init__(self, servers: Sequence[GameServer], store: Store) -> None:
        self._servers = servers
        self._store = store
        self._held: dict[SessionId, str] = {}
        """Of sessions that are about to begin: the store does not show them as running yet."""
        self._let_go: dict[SessionId, str] = {}
        """Of sessions that have begun, or not, since the store was last asked: its answer will tell."""
        self._choosing = asyncio.Lock()
        """One at a time: of two who ask the store at once, one would be told what the other has made stale."""

    @asynccontextmanager
    async def place(self, party: Party) -> AsyncIterator[Place]:
        assert party.session is not None, "a place is for a session"
        async with self._choosing:
            known = tuple(self._let_go)
            running = await self._running()
            for session_id in known:
                del self._let_go[session_id]
            server = self._roomiest(running)
            self._held[party.session.id] = server.name
        try:
            yield Place(server.endpoint, server.name)
        finally:
            self._let_go[party.session.id] = self._held.pop(party.session.id)

    async def release(self, run: EndedRun) -> None:
        """A session that has ended is no longer counted."""

    async def close(self) -> None:
        """Nothing is open."""

    def _roomiest(self, running: dict[SessionId, str]) -> GameServer:
        taken = Counter((running | self._let_go | self._held).values())
        server = max(self._servers, key=lambda server: server.capacity - taken[server.name])
        if taken[server.name] >= server.capacity:
            raise NoPlaceYet("every game server of the list is full", AGAIN_AFTER_S)
        return server

    async def _running(self) -> dict[SessionId, str]:
        """Where each of them runs. There are no more of them than there is room on the list."""
        running: dict[SessionId, str] = {}
        after = None
        while True:
            wanted = SessionFilter(SessionStatus.IN_PROGRESS)
            page = await self._store.sessions(SessionQuery(wanted, first=PAGE, after=after, private_too=True))
            running |= {one.id: one.allocation for one in page.items if one.allocation is not None}
            if not page.has_next or not page.cursors:
                return running
            after = page.cursors[-1]
