"""The matchmaker: reads which searches have changed, finds matches, and proposes them. One node at a time does it, by a lease.

During a maintenance it cancels all searches instead. It gives the event loop back after a few milliseconds of work, so that
nobody waits for it. All that it knows follows from the store: when its node dies, another one begins again. A match is proposed
to all of its parties in one commit, or to none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import islice
from secrets import token_hex
from time import perf_counter

from lobby.app.matchmaking.matcher import Matcher
from lobby.app.matchmaking.search_service import ProposalResult, SearchService
from lobby.domain.matching import Candidate
from lobby.domain.values import Instant, PartyId, PlayerId, SearchCancelReason, SearchId
from lobby.ports import Clock, SearchPosition, Store
from lobby.runtime.background import BackgroundLoop

TICK_S = 0.2
"""How late a change is noticed."""
LEASE_MS = 3_000
LEASE = "matchmaker"
LEASE_RENEWED_MS = 1_000
"""The lease is renewed, or asked for, this often."""
PAGE_MAX = 128
"""Changes that are read in one call, and applied before other tasks go on."""
SLICE_S = 0.004
"""How long the matcher works before other tasks go on."""
TICK_WORK_S = 0.04
"""How long the matcher works in one tick."""
PROPOSALS_AT_ONCE = 8
CANCELS_AT_ONCE = 32
"""Searches that a maintenance cancels before other tasks go on."""


class Matchmaker:
    """Runs on each node. Without the lease it only asks for it."""

    def __init__(
        self, search_service: SearchService, store: Store, clock: Clock, is_in_maintenance: Callable[[Instant], bool]
    ) -> None:
        self._search_service = search_service
        self._searches = store.searches
        self._clock = clock
        self._is_in_maintenance = is_in_maintenance
        self._smaller_ms = search_service.smaller_ms
        self._holder = token_hex(8)
        self._lease_until: Instant = 0
        self._lease_asked_at: Instant = 0
        self._known: dict[PartyId, Candidate] = {}
        """The searches of the index, as this node has read it."""
        self._position: SearchPosition | None = None
        self._matcher = Matcher(self._smaller_ms)
        self._retries: list[Candidate] = []
        """Searches of a match that was not proposed, because another party of it had changed, or of a block."""
        self._blocked: dict[PartyId, frozenset[PlayerId]] = {}
        """The players whom a party's players block, as far as that has stood in the way of a match."""
        self._proposed: dict[SearchId, Instant] = {}
        """The searches to which this node has proposed a match, in that order, and until when their players may accept it."""
        self.longest_slice_s = 0.0
        """The longest time for which the matchmaker has kept the event loop, without the commits of proposals."""
        self.longest_tick_s = 0.0
        """The most work of the matcher in one tick."""
        self._loop = BackgroundLoop("matchmaker", self._tick, TICK_S)

    @property
    def searching_count(self) -> int:
        """How many parties search, as far as this node knows. 0 without the lease."""
        return len(self._known)

    async def open(self) -> None:
        self._loop.start()

    async def close(self) -> None:
        await self._loop.stop()

    def reread(self) -> None:
        """The store may have lost changes: read the index again."""
        self._position = None

    async def _tick(self) -> bool:
        """True if there is more to do at once."""
        if not await self._holds_lease():
            self._forget()
            return False
        has_more = await self._read_changes()
        self._forget_proposed()
        if self._is_in_maintenance(self._clock.now()):
            return await self._cancel_some() or has_more
        retries, self._retries = self._retries, []
        for candidate in retries:
            if self._known.get(candidate.party_id) == candidate:
                self._put(candidate)
        return await self._work() or has_more

    async def _holds_lease(self) -> bool:
        now = self._clock.now()
        if now - self._lease_asked_at >= LEASE_RENEWED_MS:
            self._lease_asked_at = now
            if await self._searches.hold_lease(LEASE, self._holder, LEASE_MS):
                self._lease_until = now + LEASE_MS
        return now < self._lease_until

    def _forget(self) -> None:
        if self._position is not None:
            self._position = None
            self._reset()

    def _reset(self) -> None:
        self._known.clear()
        self._blocked.clear()
        self._matcher = Matcher(self._smaller_ms)

    async def _read_changes(self) -> bool:
        """Read one page of changes."""
        page = await self._searches.changes(self._position, PAGE_MAX)
        if page.is_reset:
            self._reset()
        self._position = page.position
        for party_id, candidate in page.changes:
            if candidate is None:
                self._known.pop(party_id, None)
                self._blocked.pop(party_id, None)
                self._matcher.remove(party_id)
            elif self._known.get(party_id) != candidate:
                self._known[party_id] = candidate
                self._put(candidate)
        return page.has_more

    def _forget_proposed(self) -> None:
        """Leave out what is settled by now: such a search has ended, or is in the index again."""
        now = self._clock.now()
        while self._proposed and next(iter(self._proposed.values())) < now:
            del self._proposed[next(iter(self._proposed))]

    async def _cancel_some(self) -> bool:
        """Cancel some of the searches. True if there are more. Matches that another node has proposed are not known here: they
        are accepted soon, or their searches come back into the index."""
        searching = list(islice(self._known.values(), CANCELS_AT_ONCE))
        proposed = list(islice(self._proposed, CANCELS_AT_ONCE - len(searching)))
        search_ids = [candidate.search_id for candidate in searching] + proposed
        await asyncio.gather(*(self._search_service.stop(id, SearchCancelReason.MAINTENANCE) for id in search_ids))
        for candidate in searching:
            self._known.pop(candidate.party_id, None)
            self._matcher.remove(candidate.party_id)
        for search_id in proposed:
            self._proposed.pop(search_id, None)
        return bool(self._known or self._proposed)

    def _put(self, candidate: Candidate) -> None:
        blocked = self._blocked.get(candidate.party_id, frozenset())
        self._matcher.put(candidate, self._clock.now(), blocked)

    async def _work(self) -> bool:
        """Find matches for a while. True if there is more to do."""
        worked_s = 0.0
        while worked_s < TICK_WORK_S and self._matcher.has_work(self._clock.now()):
            began_at = perf_counter()
            found = self._find(began_at + SLICE_S)
            took_s = perf_counter() - began_at
            worked_s += took_s
            self.longest_slice_s = max(self.longest_slice_s, took_s)
            if found:
                await asyncio.gather(*map(self._propose, found))
            else:
                await asyncio.sleep(0)
        self.longest_tick_s = max(self.longest_tick_s, worked_s)
        return self._matcher.has_work(self._clock.now())

    def _find(self, until_s: float) -> list[Sequence[Candidate]]:
        found: list[Sequence[Candidate]] = []
        now = self._clock.now()
        while len(found) < PROPOSALS_AT_ONCE and self._matcher.has_work(now) and perf_counter() < until_s:
            match = self._matcher.step(now)
            if match is not None:
                found.append(match)
        return found

    async def _propose(self, match: Sequence[Candidate]) -> None:
        """A match that fails comes again: in the next tick the searches that have not changed are compared anew."""
        result = ProposalResult.CHANGED
        try:
            result = await self._search_service.propose(match)
            if result is ProposalResult.BLOCKED:
                for candidate in match:
                    self._blocked[candidate.party_id] = await self._search_service.blocked_by(candidate.players)
        finally:
            if result is ProposalResult.PROPOSED:
                accept_by = self._clock.now() + self._search_service.accept_ms
                for candidate in match:
                    self._known.pop(candidate.party_id, None)
                    self._proposed.pop(candidate.search_id, None)
                    self._proposed[candidate.search_id] = accept_by
            else:
                self._retries += match
