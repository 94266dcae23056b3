"""The deadlines of parties, and which node carries each of them out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from heapq import heappop, heappush

from lobby.domain.values import Instant, PartyId
from lobby.ports import TAKE_LEASE_MS
from lobby.stores.valkey.client import ValkeyClient
from lobby.stores.valkey.scripts import TAKE_DUE

POLL_EVERY_MS = 500
"""Each node remembers the deadlines of its own commits. It finds those of other nodes, dead or slow ones, by polling."""
REMEMBERED_MS = 60_000
"""Each node remembers deadlines within this time. It finds later deadlines by polling."""
REMEMBERED_MAX = 100_000
"""Each node remembers this many deadlines. It finds others by polling."""


class DeadlineSets:
    """The deadlines of parties, in one sorted set per partition. Each due party is handed to one node.

    Only those partitions are asked where something may be due.
    """

    def __init__(self, client: ValkeyClient) -> None:
        self._client = client
        self._remembered: list[tuple[Instant, int]] = []
        """A heap of times when something may be due, each with its partition."""
        self._polled_at = [0] * client.partitions.count

    def remember(self, partition: int, at: Instant | None, now: Instant) -> None:
        if at is not None and at - now < REMEMBERED_MS and len(self._remembered) < REMEMBERED_MAX:
            heappush(self._remembered, (at, partition))

    async def take(self, at: Instant, limit: int) -> Sequence[PartyId]:
        """As `Store.take_due`."""
        partitions = self._partitions_to_ask(at)
        taken: list[PartyId] = []
        for partition in partitions:
            if len(taken) >= limit:
                self.remember(partition, at, at)
                continue
            due = await self._client.run(TAKE_DUE, partition, at, limit - len(taken), TAKE_LEASE_MS)
            self._polled_at[partition] = at
            taken += (party_id.decode() for party_id in due)
            if due:
                self.remember(partition, at if len(taken) >= limit else at + TAKE_LEASE_MS, at)
        return taken

    async def next_due(self) -> Instant | None:
        partitions = range(self._client.partitions.count)
        first = (self._client.call(number, "ZRANGE", "deadlines", 0, 0, "WITHSCORES") for number in partitions)
        return min((int(found[1]) for found in await asyncio.gather(*first) if found), default=None)

    def _partitions_to_ask(self, at: Instant) -> list[int]:
        found = {number for number, polled_at in enumerate(self._polled_at) if at - polled_at >= POLL_EVERY_MS}
        while self._remembered and self._remembered[0][0] <= at:
            found.add(heappop(self._remembered)[1])
        return sorted(found)
