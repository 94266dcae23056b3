"""The log of moderation has each look of an operator at a party that is not PUBLIC: once an hour for each key and party."""

from __future__ import annotations

from contextlib import suppress

from lobby.domain.bounds import HOUR_MS
from lobby.domain.model import Party
from lobby.domain.moderation import ModerationEntry, ModerationWrite
from lobby.domain.values import Visibility
from lobby.ports import Clock, Conflict, Store
from lobby.runtime.lru_cache import LRUCache

ACTION = "viewParty"
VIEWS_CACHED_MAX = 10_000


class PrivateViews:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._recorded: LRUCache[tuple[str, str], bool] = LRUCache(VIEWS_CACHED_MAX)

    async def record(self, by: str, party: Party) -> None:
        """An operator reads `party`. Returns when the log has it. Raises `Unavailable`: then the party must not be shown."""
        if party.settings.visibility is Visibility.PUBLIC:
            return
        now = self._clock.now()
        key = f"view:{party.id}:{now // HOUR_MS}"
        if self._recorded.get((by, key)):
            return
        entry = ModerationEntry(now, by, ACTION, key, party_id=party.id)
        with suppress(Conflict):  # another request, or another node, was first
            await self._store.moderation.record(ModerationWrite(entry))
        self._recorded.put((by, key), True)
