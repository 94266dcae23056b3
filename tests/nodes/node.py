"""Nodes of one lobby over one Valkey: the services of each, without sockets, in one process and on one clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field

from lobby.allocators import NoAllocator
from lobby.app.command_handler import CommandHandler
from lobby.app.idempotency import CommandResult, IdempotencyKey
from lobby.app.join_service import JoinService, JoinTarget
from lobby.app.matchmaking.search_service import SearchService
from lobby.auth.passwords import Passwords
from lobby.domain import commands as c
from lobby.domain.bounds import Bounds
from lobby.domain.model import Member, Party
from lobby.domain.party_settings import SettingsPatch
from lobby.limits.attempt_limiter import AttemptLimiters
from lobby.limits.rate_limiter import PlayerLimiters
from lobby.live.allocation import SessionAllocator
from lobby.live.deadlines_and_retention import DeadlineLoop
from lobby.live.presence import TICK_S, Presence
from lobby.live.seat_offers import SeatOffers
from lobby.ports import Allocator, Retention, Store
from lobby.stores.valkey.address import Address
from lobby.stores.valkey.client import ValkeyClient
from lobby.stores.valkey.opening import create_client, open_valkey
from lobby.stores.valkey.shared_presence_and_attempts import NodeLeases
from lobby.stores.valkey.store import ValkeyStore
from tests.lobby.app.world import Hints, done
from tests.lobby.domain.scenes import player
from tests.manual_clock import ManualClock
from tests.waiting import wait_until

LEASE_S = 60.0
"""The lease of each node. It goes by the clock of the Valkey, which no test sets: a lease that is shorter than a pause of a busy
machine would end in the middle of a test. `Node.crash` ends it."""
HEARTBEAT_S = 0.1
WAIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Node:
    url: str
    store: ValkeyStore
    handler: CommandHandler
    join_service: JoinService
    presence: Presence
    deadlines: DeadlineLoop
    streams: ExitStack = field(default_factory=ExitStack)

    @property
    def lease_id(self) -> str:
        leases = self.store.cluster_presence
        assert isinstance(leases, NodeLeases)
        return leases.node

    async def create(self, leader: str, idempotency_key: IdempotencyKey | None = None) -> Party:
        return done(
            await self.join_service.create(
                c.CreateParty(player(leader), SettingsPatch()), idempotency_key=idempotency_key
            )
        ).party

    async def join(
        self, name: str, party: Party, leave_current: bool = False, idempotency_key: IdempotencyKey | None = None
    ) -> CommandResult:
        joining = self.join_service.join(
            JoinTarget(party.id), c.JoinParty(player(name)), leave_current, idempotency_key
        )
        return done(await joining)

    async def member(self, party: Party, name: str) -> Member | None:
        now = await self.store.party(party.id)
        return now.member(name) if now is not None else None

    async def wait_for_member(self, party: Party, name: str, is_there: bool) -> Member:
        """The member once it is, or is not, CONNECTED."""
        found: list[Member] = []

        async def holds() -> bool:
            member = await self.member(party, name)
            found[:] = [member] if member is not None else []
            return member is not None and (member.remove_at is None) is is_there

        await wait_until(holds)
        return found[0]

    async def crash(self) -> None:
        """Stop the node without a graceful shutdown, and let its lease end."""
        await self.stop_without_leaving()
        client = create_client(Address.read(self.url), partitions=self.store.client.partitions.count)
        await client.call(0, "ZADD", "nodes", "XX", 0, self.lease_id)
        await _take_over_at_once(client)
        await client.close()

    async def stop_without_leaving(self) -> None:
        """Stop the node without a graceful shutdown. Its lease lasts on."""
        await self.store.close()
        await self.stop()

    async def wait_for_take_over(self) -> None:
        """Wait until this node has taken over the players of dead nodes, and has checked them."""
        client = self.store.client
        await _take_over_at_once(client)

        async def is_alone() -> bool:
            return list(await client.call(0, "ZRANGE", "nodes", 0, -1)) == [self.lease_id.encode()]

        await wait_until(is_alone)
        await wait_for_presence(self)

    async def stop(self) -> None:
        self.presence.freeze()
        await self.deadlines.close()
        await self.presence.close()
        self.streams.close()


async def _take_over_at_once(client: ValkeyClient) -> None:
    """Else a node takes over players only when it has had a lease for as long as a lease lasts."""
    for node_id in await client.call(0, "HKEYS", "nodes-since"):
        await client.call(0, "HSET", "nodes-since", node_id, 0)


async def wait_for_presence(*nodes: Node) -> None:
    """Wait until presence has checked everything, and these nodes have published it."""
    await asyncio.sleep(3 * TICK_S)
    for each in nodes:
        await each.presence._tasks.wait(WAIT_S)


@asynccontextmanager
async def node(
    url: str,
    clock: ManualClock,
    bounds: Bounds | None = None,
    partitions: int = 1,
    allocator: Callable[[Store, ManualClock], Allocator] | None = None,
    lease_s: float = LEASE_S,
) -> AsyncIterator[Node]:
    bounds = bounds or Bounds()
    store = await open_valkey(url, bounds, Retention(), clock, lease_s=lease_s, partitions=partitions)
    store.cluster_presence.heartbeat_interval_s = HEARTBEAT_S
    passwords = Passwords()
    limiters = PlayerLimiters(None, AttemptLimiters.local())
    handler = CommandHandler(store, Hints(), clock, passwords, bounds, limiters)
    presence = Presence(handler, store, clock, bounds)
    allocations = SessionAllocator(handler, allocator(store, clock) if allocator is not None else NoAllocator())
    offers, searches = SeatOffers(handler, presence), SearchService(handler)
    deadlines = DeadlineLoop(handler, store, clock, presence.up_since, allocations, offers, searches)
    running = Node(url, store, handler, JoinService(handler, presence), presence, deadlines)
    await presence.open()
    await running.deadlines.open()
    try:
        yield running
    finally:
        await running.stop()
        await store.close()
        passwords.close()
