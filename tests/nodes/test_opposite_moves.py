"""Two players who change places between two parties at the same time do not wait for each other."""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import Any

from lobby.domain.model import Party
from lobby.stores.valkey.client import Servers
from lobby.stores.valkey.connection import Argument
from lobby.stores.valkey.scripts import COMMIT
from tests.manual_clock import ManualClock
from tests.nodes.node import Node, node
from tools.chaos.valkey.server import ValkeyServer

ROUNDS = 8
ROUND_S = 1.5
"""A deadlock took 4 s and more."""


class SlowCommits:
    """Delays each commit, so that both players have locked the party that they leave before either joins the other one."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers

    async def call(self, slot: int, command: tuple[Argument, ...]) -> Any:
        if command[0] == "EVALSHA" and command[1] == COMMIT.sha:
            await asyncio.sleep(0.03)
        return await self._servers.call(slot, command)

    async def close(self) -> None:
        await self._servers.close()


async def move(on: Node, name: str, party: Party) -> float:
    began_at = time.monotonic()
    await on.join(name, party, leave_current=True)
    return time.monotonic() - began_at


async def test_opposite_moves_do_not_deadlock(valkey: ValkeyServer) -> None:
    clock = ManualClock()
    async with node(valkey.url, clock, partitions=16) as one, node(valkey.url, clock, partitions=16) as other:
        here, there = await one.create("ann"), await one.create("bob")
        leaders = (f"leader {number}" for number in itertools.count())
        while one.store.client.partitions.of(here.id) == one.store.client.partitions.of(there.id):
            there = await one.create(next(leaders))
        await one.join("x", here)
        await one.join("y", there)
        for each in (one, other):
            each.store.client._servers = SlowCommits(each.store.client._servers)
        for _ in range(ROUNDS):
            times = await asyncio.gather(move(one, "x", there), move(other, "y", here))
            assert max(times) < ROUND_S
            here, there = there, here
        for name, party in (("x", here), ("y", there)):
            assert await one.store.party_of_player(name) == party.id
            assert await one.member(party, name) is not None
