"""The engine without a disk: for tests, and for trying things out. What it keeps ends with the process."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import islice

from lobby.domain.events import Entry
from lobby.domain.model import Party
from lobby.domain.values import Instant, PartyId
from lobby.ports import LogTrimmed, RefreshFamily, Retention
from lobby.stores.posting import Posting


class MemoryEngine:
    """Logs as plain lists."""

    def __init__(self, retention: Retention) -> None:
        self._retention = retention
        self._logs: dict[PartyId, list[Entry]] = {}
        self._families: dict[str, RefreshFamily] = {}

    async def write(self, group: Sequence[Posting]) -> None:
        await asyncio.sleep(0)  # others get a turn, as they would while a disk works: tests meet real interleavings
        for posting in group:
            for party in posting.parties:
                self._logs.setdefault(party.after.id, []).extend(party.change.entries)
            if posting.family is not None:
                self._families[posting.family.id] = posting.family

    async def closed_party(self, party_id: PartyId) -> Party | None:
        log = self._logs.get(party_id)
        return log[-1].party if log and log[-1].party.is_closed else None

    async def entries(self, party_id: PartyId, after_seq: int, limit: int) -> Sequence[Entry]:
        log = self._logs.get(party_id)
        if not log:
            return ()
        skipped = after_seq + 1 - log[0].seq
        if skipped < 0:
            raise LogTrimmed
        return tuple(islice(log, skipped, skipped + limit))

    async def oldest_seq(self, party_id: PartyId) -> int:
        log = self._logs.get(party_id)
        return log[0].seq if log else 1

    async def family(self, family_id: str) -> RefreshFamily | None:
        return self._families.get(family_id)

    async def sweep(self, at: Instant) -> None:
        return None

    async def close(self) -> None:
        return None
