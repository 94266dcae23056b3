"""Nodes of one lobby over one Valkey: the services of each, without sockets, in one process and on one clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field

from lobby.auth.passwords import Passwords
from lobby.domain import commands as c
from lobby.domain.bounds import Bounds
from lobby.domain.model import Member, Party
from lobby.entering import Entrance, Target
from lobby.live.allocations import Allocations
from lobby.live.deadlines import Deadlines
from lobby.live.presence import TICK_S, Presence
from lobby.ports import Allocator, Retention, Store
from lobby.service import Done, Lobby, Once
from lobby.stores.valkey.opening import open_valkey
from lobby.stores.valkey.store import ValkeyStore
from tests.domain.scenes import player
from tests.service.world import Hints, ManualClock, done

LEASE_S = 0.3
"""Of a node, by the server's clock, which no test sets."""
WAIT_S = 5.0
LOOK_EVERY_S = 0.01


@dataclass(frozen=True, slots=True)
class Node:
    store: ValkeyStore
    lobby: Lobby
    entrance: Entrance
    presence: Presence
    deadlines: Deadlines
    streams: ExitStack = field(default_factory=ExitStack)

    async def create(self, leader: str, once: Once | None = None) -> Party:
        return done(await self.entrance.create(c.CreateParty(player(leader), c.SettingsPatch()), once=once)).party

    async def join(self, name: str, party: Party, leave_current: bool = False, once: Once | None = None) -> Done:
        joining = self.entrance.join(Target(party.id), c.JoinParty(player(name)), leave_current, once)
        return done(await joining)

    async def member(self, party: Party, name: str) -> Member | None:
        now = await self.store.party(party.id)
        return now.member(name) if now is not None else None

    async def comes_to(self, party: Party, name: str, is_there: bool) -> Member:
        """The member once it is, or is not, CONNECTED."""
        found: list[Member] = []

        async def holds() -> bool:
            member = await self.member(party, name)
            found[:] = [member] if member is not None else []
            return member is not None and (member.remove_at is None) is is_there

        await until(holds)
        return found[0]

    async def dies(self) -> None:
        """It does nothing more, and tells nobody."""
        await self.store.close()
        await self.stop()

    async def stop(self) -> None:
        self.presence.freeze()
        await self.deadlines.close()
        await self.presence.close()
        self.streams.close()


async def presence_settles() -> None:
    """Whatever presence has found by now, it has looked at, and told."""
    await asyncio.sleep(3 * TICK_S)


async def leases_end() -> None:
    """Those of nodes that are gone; and others may have taken their players over."""
    await asyncio.sleep(4 * LEASE_S)


async def until(holds: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not await holds():  # noqa: ASYNC110
            await asyncio.sleep(LOOK_EVERY_S)


@asynccontextmanager
async def node(
    url: str,
    clock: ManualClock,
    bounds: Bounds | None = None,
    partitions: int = 1,
    allocator: Callable[[Store, ManualClock], Allocator] | None = None,
) -> AsyncIterator[Node]:
    bounds = bounds or Bounds()
    store = await open_valkey(url, bounds, Retention(), clock, lease_s=LEASE_S, partitions=partitions)
    passwords = Passwords()
    lobby = Lobby(store, Hints(), clock, passwords, bounds)
    presence = Presence(lobby, store, clock, bounds)
    allocations = Allocations(lobby, allocator(store, clock)) if allocator is not None else None
    deadlines = Deadlines(lobby, store, clock, presence.up_since, allocations)
    running = Node(store, lobby, Entrance(lobby), presence, deadlines)
    await presence.open()
    await running.deadlines.open()
    try:
        yield running
    finally:
        await running.stop()
        await store.close()
        passwords.close()
