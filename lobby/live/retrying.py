"""Waiting and retrying when an outside service, or the store, does not answer."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from lobby.domain.blocks import BlockCheck
from lobby.domain.events import Entry
from lobby.domain.inbox import Inbox, InboxEntry
from lobby.domain.model import Party
from lobby.domain.values import PartyId, PlayerId
from lobby.ports import Page, PartyQuery, Store, Unavailable

FIRST_PAUSE_S, PAUSE_MAX_S = 0.25, 4.0


async def pause_before_retry(pause_s: float, retry_after_s: float | None = None) -> float:
    """Sleep for `retry_after_s` if the service named it, else for about `pause_s`; return the next pause, twice as long.

    The jitter, down to half of the pause, keeps callers that failed together from retrying together.
    """
    await asyncio.sleep(retry_after_s if retry_after_s is not None else pause_s * random.uniform(0.5, 1.0))  # noqa: S311
    return min(pause_s * 2, PAUSE_MAX_S)


Item = TypeVar("Item")

STORE_PAUSE_S = 0.5
"""Between two reads of a store that is unavailable, plus jitter of up to half of it."""


class RetryingStore:
    """Reads for followers: while the store is unavailable it waits and retries, instead of raising `Unavailable`.

    Once `is_over` returns True, nobody waits for the answer any more, and `Unavailable` is raised.
    """

    def __init__(self, store: Store, is_over: Callable[[], bool]) -> None:
        self._store = store
        self._is_over = is_over

    async def party(self, party_id: PartyId) -> Party | None:
        return await self.retry(lambda: self._store.party(party_id))

    async def read_as_missing(self, party_id: PartyId) -> None:
        await self.retry(lambda: self._store.read_as_missing(party_id))

    async def party_at(self, party_id: PartyId, seq: int) -> Party | None:
        return await self.retry(lambda: self._store.party_at(party_id, seq))

    async def entries(self, party_id: PartyId, after_seq: int, limit: int) -> Sequence[Entry]:
        """Raises `LogTrimmed`."""
        return await self.retry(lambda: self._store.entries(party_id, after_seq, limit))

    async def parties(self, query: PartyQuery) -> Page[Party]:
        return await self.retry(lambda: self._store.parties(query))

    async def inbox_entries(self, after: Inbox, limit: int) -> Sequence[InboxEntry]:
        """Raises `LogTrimmed`."""
        return await self.retry(lambda: self._store.inbox_entries(after, limit))

    async def party_of_player(self, player_id: PlayerId) -> PartyId | None:
        return await self.retry(lambda: self._store.party_of_player(player_id))

    async def finds_block(self, checks: Sequence[BlockCheck]) -> bool:
        return await self.retry(lambda: self._store.finds_block(checks))

    async def retry(self, read: Callable[[], Awaitable[Item]]) -> Item:
        """Do any read."""
        while True:
            try:
                return await read()
            except Unavailable:
                if self._is_over():
                    raise
            await asyncio.sleep(STORE_PAUSE_S * random.uniform(1, 1.5))  # noqa: S311
