"""The live end of a lobby, on the world of the service's tests: hub, presence, deadlines and feed, without sockets."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

from lobby.domain.bounds import Bounds
from lobby.domain.cursor import Cursor
from lobby.domain.events import Entry
from lobby.domain.model import Party
from lobby.domain.values import Instant
from lobby.live.allocations import Allocations
from lobby.live.deadlines import Deadlines
from lobby.live.following import Following
from lobby.live.frames import Frame, Removed, Snapshot
from lobby.live.hub import FollowLimits, Hub
from lobby.live.lobby_feed import LobbyFeed
from lobby.live.presence import TICK_S as PRESENCE_TICK_S
from lobby.live.presence import Presence
from lobby.ports import Allocator, Retention, Store
from tests.domain.scenes import START
from tests.service.world import World, world

WAIT_S = 5.0
"""Whatever is waited for comes within this; a test that waits longer has found something."""

MERGE_S = 0.05
"""Long enough for what a test does in one go, and short enough to wait for."""

Item = TypeVar("Item")
Given = TypeVar("Given", covariant=True)


class Source(Protocol[Given]):
    """An iterator that whoever opened it closes."""

    def __aiter__(self) -> AsyncIterator[Given]: ...
    async def __anext__(self) -> Given: ...
    async def aclose(self) -> None: ...


Stream = Source[Frame]


class Watched:
    """The world's store as the hub has it. A test can count the reads, and come in between one and its answer."""

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

    async def _read(self, name: str, *args: Any) -> Any:
        self.reads[name] += 1
        answer = await getattr(self.world.store, name)(*args)
        if self.on_read is not None:
            await self.on_read()
        return answer


@dataclass(frozen=True, slots=True)
class House:
    world: World
    store: Watched
    presence: Presence
    hub: Hub
    feed: LobbyFeed
    streams: list[Following] = field(default_factory=list)
    """Closed at the latest when the house is."""

    def follow(self, party: Party, name: str, after: int | str | None = None) -> Following:
        """A follower; `after` is a seq of the party's log, or a cursor as it is written."""
        cursor = str(Cursor(party.epoch, after)) if isinstance(after, int) else after
        self.streams.append(self.hub.follow(party.id, name, cursor))
        return self.streams[-1]

    async def following(self, party: Party, name: str) -> Following:
        """A follower who has had the snapshot."""
        stream = self.follow(party, name)
        assert isinstance(await frame(stream), Snapshot)
        return stream

    async def comes_to(self, party: Party, holds: Callable[[Party], object]) -> Party:
        """The party once it is so; the test fails when it does not come to that."""
        news = asyncio.Event()
        self.world.hints.hearers.append(lambda party_id, seq: news.set())
        async with asyncio.timeout(WAIT_S):
            while not holds(now := await self.world.now(party)):
                news.clear()
                await news.wait()
        return now

    async def presence_settles(self) -> None:
        """Whatever presence has found by now, it has looked at."""
        await asyncio.sleep(2 * PRESENCE_TICK_S)

    @asynccontextmanager
    async def deadlines(self, allocator: Allocator | None = None) -> AsyncIterator[None]:
        """While it lasts, deadlines are met; as a server does that starts now."""
        allocations = Allocations(self.world.lobby, allocator) if allocator is not None else None
        running = Deadlines(self.world.lobby, self.world.store, self.world.clock, allocations=allocations)
        await running.open()
        try:
            yield
        finally:
            await running.close()

    def hear_no_hints(self) -> None:
        self.world.hints.hearers.clear()


@asynccontextmanager
async def house(
    bounds: Bounds | None = None,
    limits: FollowLimits | None = None,
    retention: Retention | None = None,
    file: Path | None = None,
    at: Instant = START,
) -> AsyncIterator[House]:
    """A live lobby with nobody in it; or on a `file`, with whoever was in the one before, from `at` on."""
    bounds, limits = bounds or Bounds(), limits or FollowLimits()
    async with world(bounds, retention, file=file, at=at) as inner:
        presence = Presence(inner.lobby, inner.store, inner.clock, bounds)
        await presence.open()
        store = Watched(inner)
        hub, feed = (
            Hub(cast(Store, store), inner.clock, presence, bounds, limits),
            LobbyFeed(inner.store, inner.clock, MERGE_S),
        )
        inner.hints.hearers += [hub.hint, lambda party_id, seq: feed.hint(party_id)]
        house = House(inner, store, presence, hub, feed)
        try:
            yield house
        finally:
            inner.disk.release()
            for stream in house.streams:
                await stream.aclose()
            await presence.close()


async def frame(stream: Source[Item]) -> Item:
    """The next one; the test fails when it does not come."""
    async with asyncio.timeout(WAIT_S):
        return await anext(stream)


async def frames(stream: Source[Item], count: int) -> list[Item]:
    return [await frame(stream) for _ in range(count)]


async def rest(stream: Source[Item]) -> list[Item]:
    """All that comes until the stream ends."""
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
