"""The matchmaker: reads which searches have changed, finds matches, and proposes them. One node at a time does it, by a lease.

During a maintenance it cancels all searches instead. It takes turns with other work on the event loop, so that nobody waits for
it, and proposals are committed beside its own work. It reads its whole state from the store: when its node dies, another node
begins again. A match is proposed to all of its parties in one commit, or to none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from secrets import token_hex
from time import thread_time

from lobby.app.matchmaking.matcher import Matcher
from lobby.app.matchmaking.search_service import ProposalResult, SearchService
from lobby.domain.matching import Candidate
from lobby.domain.values import Instant, PartyId, PlayerId, SearchCancelReason
from lobby.ports import Clock, SearchPosition, Store, Unavailable
from lobby.runtime.background import BackgroundLoop, BackgroundTasks
from lobby.runtime.turns import Turns
from lobby.struct import replace

TICK_S = 0.2
"""How late a change is noticed."""
LEASE_MS = 3_000
LEASE = "matchmaker"
LEASE_RENEWED_MS = 1_000
"""The lease is renewed, or asked for, this often."""
PAGE_MAX = 128
"""Changes that are read in one call, and applied before other tasks go on."""
TICK_WORK_S = 0.02
"""The work of one tick, in CPU time. After it the matchmaker reads the changes that came during the tick."""
PROPOSALS_AT_ONCE = 8
"""Matches that are being proposed. The store may make all of them durable in one moment, and all go on in one turn of the loop
then: a match takes 0.9 ms with its events. 16 of them made turns of 20 to 30 ms beside 32 other mutations."""
CANCELS_AT_ONCE = 32
"""Searches that a maintenance cancels before other tasks go on."""


class Matchmaker:
    """Runs on each node. Without the lease it only asks for it."""

    def __init__(
        self,
        search_service: SearchService,
        store: Store,
        clock: Clock,
        turns: Turns,
        is_in_maintenance: Callable[[Instant], bool],
    ) -> None:
        """`turns`: those of the server."""
        self._search_service = search_service
        self._searches = store.searches
        self._clock = clock
        self._turns = turns
        self._is_in_maintenance = is_in_maintenance
        self._smaller_ms = search_service.smaller_ms
        self._holder = token_hex(8)
        self._lease_until: Instant = 0
        self._lease_asked_at: Instant = 0
        self._known: dict[PartyId, Candidate] = {}
        """The live searches, as this node has read them."""
        self._position: SearchPosition | None = None
        self._matcher = Matcher(self._smaller_ms)
        self._proposals = BackgroundTasks()
        self._may_propose = asyncio.Semaphore(PROPOSALS_AT_ONCE)
        self._retries: list[Candidate] = []
        """Searches of a match that was not proposed, because another party of it had changed, or of a block."""
        self._blocked: dict[PartyId, frozenset[PlayerId]] = {}
        """The players whom a party's players block, as far as that has stood in the way of a match."""
        self._tick_work_s = 0.0
        self.longest_slice_s = 0.0
        """The most CPU time for which the matchmaker has kept the event loop, without the commits of proposals."""
        self.longest_tick_s = 0.0
        """The most CPU time of one tick, without the commits of proposals."""
        self._loop = BackgroundLoop("matchmaker", self._tick, TICK_S)

    @property
    def searching_count(self) -> int:
        """How many searches wait for a match, as far as this node knows. 0 without the lease."""
        return len(self._matcher)

    async def open(self) -> None:
        self._loop.start()

    async def close(self) -> None:
        await self._loop.stop()
        await self._proposals.close()

    def reread(self) -> None:
        """The store may have lost changes: read the index again."""
        self._position = None

    async def _tick(self) -> bool:
        """True if there is more to do at once."""
        if not await self._holds_lease():
            self._forget()
            return False
        self._tick_work_s = 0.0
        has_more = await self._read_changes()
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
        if page.changes:
            await self._turns.wait(LEASE)
        with self._measured():
            if page.is_reset:
                self._reset()
            self._position = page.position
            for party_id, candidate in page.changes:
                self._apply(party_id, candidate)
        return page.has_more

    def _apply(self, party_id: PartyId, candidate: Candidate | None) -> None:
        if candidate is None:
            self._known.pop(party_id, None)
            self._blocked.pop(party_id, None)
        elif self._known.get(party_id) == candidate:
            return
        else:
            self._known[party_id] = candidate
        if candidate is None or candidate.is_proposed:
            self._matcher.remove(party_id)
        else:
            self._put(candidate)

    async def _cancel_some(self) -> bool:
        """Cancel some of the searches, proposed matches among them. True if there are more."""
        searches = list(islice(self._known.values(), CANCELS_AT_ONCE))
        reason = SearchCancelReason.MAINTENANCE
        await asyncio.gather(*(self._search_service.stop(candidate.search_id, reason) for candidate in searches))
        for candidate in searches:
            self._apply(candidate.party_id, None)
        return bool(self._known)

    def _put(self, candidate: Candidate) -> None:
        blocked = self._blocked.get(candidate.party_id, frozenset())
        self._matcher.put(candidate, self._clock.now(), blocked)

    async def _work(self) -> bool:
        """Find matches for a while. True if there is more to do."""
        while self._tick_work_s < TICK_WORK_S and self._matcher.has_work(self._clock.now()):
            await self._turns.wait(LEASE)
            with self._measured():
                found = self._find()
            for match in found:
                await self._may_propose.acquire()
                self._proposals.start(self._propose(match), "propose match")
        return self._matcher.has_work(self._clock.now())

    def _find(self) -> list[Sequence[Candidate]]:
        """The matches that are found in one turn."""
        found: list[Sequence[Candidate]] = []
        now = self._clock.now()
        while self._matcher.has_work(now):
            match = self._matcher.step(now)
            if match is not None:
                found.append(match)
            if not self._turns.may_go_on():
                break
        return found

    @contextmanager
    def _measured(self) -> Iterator[None]:
        began_at_s = thread_time()
        yield
        took_s = thread_time() - began_at_s
        self.longest_slice_s = max(self.longest_slice_s, took_s)
        self._tick_work_s += took_s
        self.longest_tick_s = max(self.longest_tick_s, self._tick_work_s)

    async def _propose(self, match: Sequence[Candidate]) -> None:
        """A match that fails comes again: in the next tick the searches that have not changed are compared again."""
        result = ProposalResult.CHANGED
        try:
            with suppress(Unavailable):  # the next tick asks the store too, and logs it
                result = await self._search_service.propose(match)
                if result is ProposalResult.BLOCKED:
                    for candidate in match:
                        self._blocked[candidate.party_id] = await self._search_service.blocked_by(candidate.players)
        finally:
            self._may_propose.release()
            if result is ProposalResult.PROPOSED:
                self._note_proposed(match)
            else:
                self._retries += match

    def _note_proposed(self, match: Sequence[Candidate]) -> None:
        """Mark the searches as proposed, so that a search that leaves the match before the next tick counts as changed."""
        for candidate in match:
            if self._known.get(candidate.party_id) is candidate:
                self._known[candidate.party_id] = replace(candidate, is_proposed=True)
