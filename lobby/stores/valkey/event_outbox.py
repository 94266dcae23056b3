"""The event outbox in the servers: each partition has that of its parties. Commits write it in `lua/party.lua`."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from lobby.domain.values import Instant, PartyId
from lobby.ports import OutboxCounts, SentEntries, WaitingLog
from lobby.stores.valkey.client import ValkeyClient
from lobby.stores.valkey.connection import Argument
from lobby.stores.valkey.scripts import DUE_EVENTS, RECORD_SENT, REPLAY_EVENTS

SCAN_COUNT = 200
"""Keys of one partition in one step of a replay."""


class ValkeyEventOutbox:
    """See `lobby.ports.EventOutbox`."""

    def __init__(self, client: ValkeyClient) -> None:
        self._client = client

    async def due(self, at: Instant, limit: int) -> Sequence[WaitingLog]:
        partitions = range(self._client.partitions.count)
        calls = (self._client.run(DUE_EVENTS, number, at, limit) for number in partitions)
        # One of each partition after the other: all of them come next at some time.
        found = [list(zip(rows[::2], rows[1::2], strict=True)) for rows in await asyncio.gather(*calls)]
        longest = max(map(len, found))
        rows = [part[index] for index in range(longest) for part in found if index < len(part)]
        return [WaitingLog(party_id.decode(), *map(int, sent.split())) for party_id, sent in rows[:limit]]

    async def record(self, sent: Sequence[SentEntries]) -> None:
        parts: dict[int, list[Argument]] = defaultdict(list)
        for each in sent:
            before, retry_at = each.before, "" if each.retry_at is None else each.retry_at
            position = f"{before.sent_seq} {before.replayed_at}"
            parts[self._client.partitions.of(before.party_id)] += (before.party_id, position, each.seq, retry_at)
        began_at = self._client.server_time.now()
        calls = (self._client.run(RECORD_SENT, number, began_at, *part) for number, part in parts.items())
        await asyncio.gather(*calls)

    async def replay(self, since: Instant, at: Instant, party_id: PartyId | None = None) -> int:
        if party_id is not None:
            return await self._replay(self._client.partitions.of(party_id), since, at, [party_id])
        partitions = range(self._client.partitions.count)
        return sum(await asyncio.gather(*(self._replay_all(number, since, at) for number in partitions)))

    async def counts(self) -> OutboxCounts:
        partitions = range(self._client.partitions.count)
        sizes = await asyncio.gather(*(self._client.call(number, "ZCARD", "unsent") for number in partitions))
        oldest = (self._client.call(number, "ZRANGE", "unsent-since", 0, 0, "WITHSCORES") for number in partitions)
        times = [int(found[1]) for found in await asyncio.gather(*oldest) if found]
        return OutboxCounts(sum(sizes), min(times, default=None))

    async def _replay_all(self, partition: int, since: Instant, at: Instant) -> int:
        count, cursor = 0, "0"
        while True:
            cursor, party_ids = await self._client.scan(partition, "log", cursor, SCAN_COUNT)
            if party_ids:
                count += await self._replay(partition, since, at, list(dict.fromkeys(party_ids)))
            if cursor == "0":
                return count

    async def _replay(self, partition: int, since: Instant, at: Instant, party_ids: Sequence[PartyId]) -> int:
        began_at = self._client.server_time.now()
        count: int = await self._client.run(REPLAY_EVENTS, partition, began_at, since, at, *party_ids)
        return count
