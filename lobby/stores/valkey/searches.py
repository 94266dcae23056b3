"""The index of the parties that search, as the servers keep it: one in each partition, written with the parties."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from lobby.domain.matching import Candidate, candidate_of
from lobby.domain.model import Party
from lobby.domain.values import PartyId, SearchId
from lobby.ports.searches import WAITS_KEPT, WAITS_KEPT_MS, SearchChanges, SearchPosition
from lobby.stores.valkey.client import ValkeyClient
from lobby.stores.valkey.scripts import ADD_WAITS, HOLD_LEASE, SEARCH_CHANGES

_read = msgspec.json.Decoder(Candidate).decode


def search_row(party: Party) -> str:
    """The search of a party in the index. Empty: the party does not search."""
    candidate = candidate_of(party)
    return msgspec.json.encode(candidate).decode() if candidate is not None else ""


class ValkeySearches:
    """See `lobby.ports.searches`. A position has two numbers for each partition, see lua/search_changes.lua."""

    def __init__(self, client: ValkeyClient) -> None:
        self._client = client

    async def changes(self, position: SearchPosition | None, limit: int) -> SearchChanges:
        numbers = range(self._client.partitions.count)
        starts = position if position is not None else ((0, 0),) * len(numbers)
        pages = await asyncio.gather(*(self._page(number, starts[number], limit) for number in numbers))
        if position is not None and any(page is None for page in pages):
            return await self.changes(None, limit)
        found = [page for page in pages if page is not None]
        return SearchChanges(
            position=tuple(reached for reached, _, _ in found),
            changes=tuple(change for _, changes, _ in found for change in changes),
            has_more=any(has_more for _, _, has_more in found),
            is_reset=position is None,
        )

    async def _page(
        self, partition: int, start: tuple[int, int], limit: int
    ) -> tuple[tuple[int, int], list[tuple[PartyId, Candidate | None]], bool] | None:
        """The position that was reached, the changes, and whether there are more. None: the reader must begin again."""
        after, known_from = start
        if after == 0 and known_from == 0:
            known_from = int(await self._client.call(partition, "GET", "searches-count") or 0)
        count, *rows = await self._client.run(SEARCH_CHANGES, partition, after, known_from, limit)
        if count < 0:
            return None
        changes: list[tuple[PartyId, Candidate | None]] = []
        for number, party_id, row in zip(*[iter(rows)] * 3, strict=True):
            after = int(number)
            changes.append((party_id.decode(), _read(row) if row else None))
        has_more = len(changes) >= limit
        return (after if has_more else count, known_from), changes, has_more

    async def hold_lease(self, name: str, holder: str, lease_ms: int) -> bool:
        return bool(await self._client.run(HOLD_LEASE, 0, name, holder, lease_ms))

    async def add_waits(self, kind: str, waits_s: Mapping[SearchId, int]) -> None:
        texts = [f"{search_id} {wait_s}" for search_id, wait_s in waits_s.items()]
        ended_at = self._client.server_time.now()
        partition = self._client.partitions.of(kind)
        await self._client.run(ADD_WAITS, partition, kind, WAITS_KEPT, WAITS_KEPT_MS, ended_at, *texts)

    async def waits(self, kind: str) -> Sequence[int]:
        found = await self._client.call(self._client.partitions.of(kind), "ZRANGE", f"waits:{kind}", 0, -1)
        return tuple(int(text.split()[-1]) for text in found)
