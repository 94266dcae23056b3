"""The live parts of a lobby on a `World`: hub, presence, deadlines and list feed, without sockets."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

from lobby.allocators import NoAllocator
from lobby.app.matchmaking.search_service import SearchService
from lobby.domain.bounds import Bounds
from lobby.domain.cursor import Cursor
from lobby.domain.events import Entry
from lobby.domain.model import Party
from lobby.domain.values import Instant
from lobby.limits.count_limiter import StreamLimiter
from lobby.live.allocation import SessionAllocator
from lobby.live.deadlines_and_retention import DeadlineLoop
from lobby.live.follower import Follower
from lobby.live.frames import Frame, Removed, Snapshot
from lobby.live.hub import FollowLimits, Hub
from lobby.live.lobby_feed import LobbyFeed
from lobby.live.logs import inbox_log_id
from lobby.live.presence import TICK_S as PRESENCE_TICK_S
from lobby.live.presence import Presence
from lobby.live.seat_offers import SeatOffers
from lobby.ports import Allocator, Retention, Store
from lobby.runtime.turns import Turns
from tests.lobby.app.world import World, world
from tests.lobby.domain.scenes import START

WAIT_S = 5.0
"""The longest wait of a test: everything that a test waits for comes within this time."""

MERGE_S = 0.05
"""Long enough for what a test does in one go, and short enough to wait for."""

Item = TypeVar("Item")
Given = TypeVar("Given", covariant=True)


class Source(Protocol[Given]):
    """An iterator that the test has to close."""

    def __aiter__(self) -> AsyncIterator[Given]: ...
    async def __anext__(self) -> Given: ...
    async def aclose(self) -> None: ...


Stream = Source[Frame]


class Watched:
    """The store for the hub. A test can count the reads, and act between a read and its result."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.reads: Counter[str] = Counter()
        self.on_read: Callable[[], Awaitable[None]] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.world.store, name)

    async def party(self, *args: Any) -> Any:
        return await self._read("party", *args)

    async def party_at(self, *args: Any) -> Any:
        return await self._read("party_at", *args)

    async def entries(self, *args: Any) -> Any:
        return await self._read("entries", *args)

    def latest_entries(self, *args: Any) -> Any:
        """None if a test has something to do while a log is read."""
        return self.world.store.latest_entries(*args) if self.on_read is None else None

    async def _read(self, name: str, *args: Any) -> Any:
        self.reads[name] += 1
        answer = await getattr(self.world.store, name)(*args)
        if self.on_read is not None:
            await self.on_read()
        return answer


@dataclass(frozen=True, slots=True)
class LiveLobby:
    world: World
    store: Watched
    presence: Presence
    hub: Hub
    feed: LobbyFeed
    streams: list[Follower] = field(default_factory=list)
    """Closed at the latest with the lobby."""

    def follow(self, party: Party, name: str, after: int | str | None = None) -> Follower:
        """A follower of the party. `after`: a seq of its log, or the text of a cursor."""
        cursor = str(Cursor(party.epoch, after)) if isinstance(after, int) else after
        self.streams.append(self.hub.follow(party.id, name, cursor))
        return self.streams[-1]

    async def follow_after_snapshot(self, party: Party, name: str) -> Follower:
        """A follower that has received the snapshot."""
        stream = self.follow(party, name)
        assert isinstance(await frame(stream), Snapshot)
        return stream

    async def wait_until(self, party: Party, holds: Callable[[Party], object]) -> Party:
        """The party once it fulfills the condition; the test fails if it never does."""
        changed = asyncio.Event()
        self.world.hints.commit_listeners.append(lambda party_id, seq: changed.set())
        async with asyncio.timeout(WAIT_S):
            while not holds(now := await self.world.now(party)):
                changed.clear()
                await changed.wait()
        return now

    async def wait_for_presence(self) -> None:
        """Wait until presence has checked everything."""
        await asyncio.sleep(2 * PRESENCE_TICK_S)

    @asynccontextmanager
    async def deadlines(self, allocator: Allocator | None = None) -> AsyncIterator[None]:
        """Run the deadline loop while the context lasts, as a server that starts now."""
        world = self.world
        allocations = SessionAllocator(world.handler, allocator or NoAllocator())
        seat_offers = SeatOffers(world.handler, world.connections)
        search_service = SearchService(world.handler)
        running = DeadlineLoop(
            world.handler, world.store, world.clock, lambda: 0, allocations, seat_offers, search_service
        )
        await running.open()
        try:
            yield
        finally:
            await running.close()

    def hear_no_hints(self) -> None:
        self.world.hints.commit_listeners.clear()


@asynccontextmanager
async def live_lobby(
    bounds: Bounds | None = None,
    limits: FollowLimits | None = None,
    retention: Retention | None = None,
    file: Path | None = None,
    at: Instant = START,
) -> AsyncIterator[LiveLobby]:
    """An empty live lobby, or a live lobby on a `file` of an earlier one; its clock starts at `at`."""
    bounds, limits = bounds or Bounds(), limits or FollowLimits()
    async with world(bounds, retention, file=file, at=at) as inner:
        presence = Presence(inner.handler, inner.store, inner.clock, bounds)
        await presence.open()
        store = Watched(inner)
        streams = StreamLimiter()
        hub = Hub(cast(Store, store), inner.clock, presence, bounds, limits, streams)
        feed = LobbyFeed(inner.store, inner.clock, Turns(), streams, MERGE_S)
        inner.hints.commit_listeners += [hub.hint, lambda party_id, seq: feed.hint(party_id)]
        inner.store.inbox_listeners.append(lambda player_id, at: hub.hint(inbox_log_id(player_id), at))
        lobby = LiveLobby(inner, store, presence, hub, feed)
        try:
            yield lobby
        finally:
            inner.disk.release()
            for stream in lobby.streams:
                await stream.aclose()
            await presence.close()


async def frame(stream: Source[Item]) -> Item:
    """The next frame; the test fails if none comes."""
    async with asyncio.timeout(WAIT_S):
        return await anext(stream)


async def frames(stream: Source[Item], count: int) -> list[Item]:
    return [await frame(stream) for _ in range(count)]


async def rest(stream: Source[Item]) -> list[Item]:
    """The frames until the stream ends."""
    async with asyncio.timeout(WAIT_S):
        return [each async for each in stream]


async def entries_to(stream: Stream, seq: int) -> list[Entry]:
    """The entries up to `seq`; the test fails on any other frame."""
    read: list[Entry] = []
    while not read or read[-1].seq < seq:
        each = await frame(stream)
        assert isinstance(each, Entry), each
        read.append(each)
    return read


def removed(last: Frame) -> Removed:
    assert isinstance(last, Removed), last
    return last
