"""A fixed list of game servers, each with a capacity for a number of sessions."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from lobby.domain.attributes_and_endpoints import normalize_endpoint
from lobby.domain.listing import SessionFilter
from lobby.domain.model import Endpoint, Party
from lobby.domain.rejections import Rejection
from lobby.domain.values import SessionId, SessionStatus
from lobby.ports import Allocation, AllocationPending, EndedSession, SessionQuery, Store

CAPACITY_MAX = 100_000
PAGE_SESSIONS = 500
RETRY_AFTER_S = 1.0
"""If all game servers are full. Sessions end at any time, so it is worth to ask again for as long as an allocation may take."""


@dataclass(frozen=True, slots=True)
class GameServer:
    """A game server of the list. Sessions are stored with its `name`, which stays the same if the list changes."""

    name: str
    endpoint: Endpoint
    capacity: int
    """How many sessions may run at the same time."""

    @classmethod
    def parse(cls, text: str) -> GameServer:
        """From `udp://play1.example:7777?capacity=8`; the default capacity is 1. Raises `ValueError`."""
        try:
            url = urlsplit(text)
            endpoint = normalize_endpoint(Endpoint(url.scheme, url.hostname or "", url.port))
            (capacity,) = map(int, parse_qs(url.query, strict_parsing=True)["capacity"]) if url.query else (1,)
        except (ValueError, KeyError):
            raise ValueError(f"{text!r} is not like udp://play1.example:7777?capacity=8") from None
        if isinstance(endpoint, Rejection):
            raise ValueError(f"{text!r}: {endpoint.message}")
        if not 1 <= capacity <= CAPACITY_MAX:
            raise ValueError(f"{text!r}: the capacity must be 1 to {CAPACITY_MAX}")
        return cls(f"{url.scheme}://{url.netloc}", endpoint, capacity)


def parse_servers(texts: Sequence[str]) -> list[GameServer]:
    """Raises `ValueError` for an empty list, and for a game server that is on it twice."""
    servers = [GameServer.parse(text) for text in texts]
    if not servers or len({server.name for server in servers}) < len(servers):
        raise ValueError("at least one game server is needed, and each once")
    return servers


class StaticList:
    """Allocates the game server with the most free capacity; of several the first one.

    Each allocation counts the running sessions again. So nothing has to be released, and no crash or restart can lose
    capacity. One node never allocates above the capacity; several nodes may, at the same moment.
    """

    needs_release = False

    def __init__(self, servers: Sequence[GameServer], store: Store) -> None:
        self._servers = servers
        self._store = store
        self._beginning: dict[SessionId, str] = {}
        """The game servers of sessions that are about to begin, which the store does not know as running yet."""
        self._begun: dict[SessionId, str] = {}
        """The game servers of sessions that have begun, or failed to begin, since the last read of the store. The next read
        knows which."""
        self._lock = asyncio.Lock()
        """One allocation at a time, because the result of one makes the read of another out of date."""

    @asynccontextmanager
    async def allocate(self, party: Party) -> AsyncIterator[Allocation]:
        """See `lobby.ports.Allocator`. Raises `AllocationPending` if all game servers are full."""
        assert party.session is not None, "an allocation is for a session"
        session_id = party.session.id
        async with self._lock:
            begun_before_read = tuple(self._begun)
            running = await self._running_sessions()
            for begun_id in begun_before_read:
                del self._begun[begun_id]
            server = self._choose(running)
            self._beginning[session_id] = server.name
        try:
            yield Allocation(server.endpoint, server.name)
        finally:
            self._begun[session_id] = self._beginning.pop(session_id)

    async def release(self, ended: EndedSession) -> None:
        """Nothing to do: an ended session is no longer counted."""

    async def close(self) -> None:
        """Nothing is open."""

    def _choose(self, running: dict[SessionId, str]) -> GameServer:
        taken = Counter((running | self._begun | self._beginning).values())
        server = max(self._servers, key=lambda server: server.capacity - taken[server.name])
        if taken[server.name] >= server.capacity:
            raise AllocationPending("every game server of the list is full", RETRY_AFTER_S)
        return server

    async def _running_sessions(self) -> dict[SessionId, str]:
        """The game server of each running session. There are at most as many as the list has capacity for."""
        running: dict[SessionId, str] = {}
        after = None
        while True:
            wanted = SessionFilter(SessionStatus.IN_PROGRESS)
            query = SessionQuery(wanted, first=PAGE_SESSIONS, after=after, include_private=True)
            page = await self._store.sessions(query)
            running |= {session.id: session.allocation for session in page.items if session.allocation is not None}
            if not page.has_next or not page.cursors:
                return running
            after = page.cursors[-1]
