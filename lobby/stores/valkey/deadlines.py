"""Deadlines are sorted sets, one a partition; whoever takes a party from one is the only one to look at it for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from heapq import heappop, heappush

from lobby.domain.values import Instant, PartyId
from lobby.ports import TAKEN_MS
from lobby.stores.valkey.link import Link
from lobby.stores.valkey.scripts import TAKE_DUE

LOOK_EVERY_MS = 500
"""What this node has committed it knows the deadlines of; those of a node that died, or was slower, are found by looking."""
EXPECTED_MS = 60_000
"""How far ahead a node keeps its deadlines in mind; what comes later, it finds by looking."""
EXPECTED_MAX = 100_000
"""How many it keeps in mind. Past that it only looks."""


class Deadlines:
    def __init__(self, link: Link) -> None:
        self._link = link
        self._expected: list[tuple[Instant, int]] = []
        """A heap of when something may be due in which partition."""
        self._looked_at = [0] * link.partitions.count

    def expect(self, partition: int, at: Instant | None, now: Instant) -> None:
        if at is not None and at - now < EXPECTED_MS and len(self._expected) < EXPECTED_MAX:
            heappush(self._expected, (at, partition))

    async def take(self, at: Instant, limit: int) -> Sequence[PartyId]:
        """As `Store.take_due`."""
        partitions = self._worth_a_look(at)
        taken: list[PartyId] = []
        for partition in partitions:
            if len(taken) >= limit:
                self.expect(partition, at, at)
                continue
            due = await self._link.run(TAKE_DUE, partition, at, limit - len(taken), TAKEN_MS)
            self._looked_at[partition] = at
            taken += (party_id.decode() for party_id in due)
            if due:
                self.expect(partition, at if len(taken) >= limit else at + TAKEN_MS, at)
        return taken

    async def next_due(self) -> Instant | None:
        partitions = range(self._link.partitions.count)
        first = (self._link.ask(number, "ZRANGE", "deadlines", 0, 0, "WITHSCORES") for number in partitions)
        return min((int(found[1]) for found in await asyncio.gather(*first) if found), default=None)

    def _worth_a_look(self, at: Instant) -> list[int]:
        found = {number for number, looked_at in enumerate(self._looked_at) if at - looked_at >= LOOK_EVERY_MS}
        while self._expected and self._expected[0][0] <= at:
            found.add(heappop(self._expected)[1])
        return sorted(found)
