"""The index of the parties that search, in the memory of one process."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Awaitable, Callable, Mapping, Sequence

from lobby.domain.matching import Candidate, candidate_of
from lobby.domain.model import Party
from lobby.domain.values import PartyId, SearchId
from lobby.ports.searches import CHANGES_MAX, WAITS_KEPT, SearchChanges, SearchPosition
from lobby.runtime.lru_cache import LRUCache

KINDS_MAX = 1_000
"""Kinds of searches whose waits are kept: those that were used last."""

WriteWaits = Callable[[str, Mapping[SearchId, int], Sequence[SearchId]], Awaitable[None]]
"""The kind of search, the waits in seconds that are new, and the searches whose waits are kept no longer."""


async def _keep_in_memory(kind: str, added_s: Mapping[SearchId, int], dropped: Sequence[SearchId]) -> None: ...


class LocalSearches:
    """See `lobby.ports.searches`. `show` follows the durable state."""

    def __init__(self) -> None:
        self.write_waits: WriteWaits = _keep_in_memory
        """Makes a change of the waits durable."""
        self._candidates: dict[PartyId, Candidate] = {}
        self._log: list[tuple[int, PartyId]] = []
        """Changes by their numbers. Of each party only the latest one counts."""
        self._latest: dict[PartyId, int] = {}
        """The number of the latest change of each party in the log."""
        self._count = 0
        self._trimmed = 0
        """The highest number of a change that is no longer in the log."""
        self._waits: LRUCache[str, dict[SearchId, int]] = LRUCache(KINDS_MAX)

    def show(self, party: Party) -> None:
        """Update the index with the present state of a party."""
        if party.search is None and party.id not in self._candidates:
            return
        candidate = candidate_of(party)
        if candidate == self._candidates.get(party.id):
            return
        if candidate is None:
            del self._candidates[party.id]
        else:
            self._candidates[party.id] = candidate
        self._count += 1
        self._latest[party.id] = self._count
        self._log.append((self._count, party.id))
        if len(self._log) > 2 * (len(self._candidates) + CHANGES_MAX):
            self._compact()

    async def changes(self, position: SearchPosition | None, limit: int) -> SearchChanges:
        after, known_from = position[0] if position else (0, self._count)
        is_reset = position is None or after > self._count or self._trimmed > max(after, known_from)
        if is_reset:
            after, known_from = 0, self._count
        first = bisect_right(self._log, after, key=lambda item: item[0])
        page = self._log[first : first + limit]
        latest = [(number, party_id) for number, party_id in page if self._latest.get(party_id) == number]
        changes = tuple(
            (party_id, self._candidates.get(party_id))
            for number, party_id in latest
            if number > known_from or party_id in self._candidates
        )
        reached = page[-1][0] if page else self._count
        return SearchChanges(((reached, known_from),), changes, first + limit < len(self._log), is_reset)

    async def hold_lease(self, name: str, holder: str, lease_ms: int) -> bool:
        """No other process uses the store."""
        return True

    async def add_waits(self, kind: str, waits_s: Mapping[SearchId, int]) -> None:
        dropped = self.keep_waits(kind, waits_s)
        await self.write_waits(kind, waits_s, dropped)

    def keep_waits(self, kind: str, waits_s: Mapping[SearchId, int]) -> Sequence[SearchId]:
        """Add to the waits of a kind in memory. Returns the searches whose waits are kept no longer."""
        kept = {**(self._waits.get(kind) or {}), **waits_s}
        dropped = list(kept)[:-WAITS_KEPT]
        for search_id in dropped:
            del kept[search_id]
        self._waits.put(kind, kept)
        return dropped

    async def waits(self, kind: str) -> Sequence[int]:
        return tuple((self._waits.get(kind) or {}).values())

    def _compact(self) -> None:
        """Drop changes that do not count any more, and the oldest ends of searches."""
        kept = [item for item in self._log if self._latest[item[1]] == item[0]]
        ended = [item for item in kept if item[1] not in self._candidates]
        for number, party_id in ended[:-CHANGES_MAX]:
            del self._latest[party_id]
            self._trimmed = number
        self._log = [item for item in kept if item[1] in self._latest]
