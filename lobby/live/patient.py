"""Reading for those who have time: who follows waits out a store that is out of reach, instead of being told so."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from lobby.domain.events import Entry
from lobby.domain.model import Party
from lobby.domain.values import PartyId
from lobby.ports import Page, PartyQuery, Store, Unavailable

Item = TypeVar("Item")

PAUSE_S = 0.5
"""Before asking again; up to half of it more, so that the followers of a node don't all ask at once."""


class PatientStore:
    """The store's own answers, once there are any. `is_over` says when nobody waits any more: then `Unavailable` passes."""

    def __init__(self, store: Store, is_over: Callable[[], bool]) -> None:
        self._store = store
        self._is_over = is_over

    async def party(self, party_id: PartyId) -> Party | None:
        return await self._answer(lambda: self._store.party(party_id))

    async def party_at(self, party_id: PartyId, seq: int) -> Party | None:
        return await self._answer(lambda: self._store.party_at(party_id, seq))

    async def entries(self, party_id: PartyId, after_seq: int, limit: int) -> Sequence[Entry]:
        """Raises `LogTrimmed`."""
        return await self._answer(lambda: self._store.entries(party_id, after_seq, limit))

    async def parties(self, query: PartyQuery) -> Page[Party]:
        return await self._answer(lambda: self._store.parties(query))

    async def _answer(self, ask: Callable[[], Awaitable[Item]]) -> Item:
        while True:
            try:
                return await ask()
            except Unavailable:
                if self._is_over():
                    raise
            await asyncio.sleep(PAUSE_S * random.uniform(1, 1.5))  # noqa: S311
