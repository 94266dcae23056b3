"""Carries out what is due by time: the end of countdowns, grace periods and idle parties, and the deletion of old data.

`lobby.domain.rules.presence_and_deadlines` derives the deadlines from the party, so that they survive a restart.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from lobby.app.command_handler import CommandHandler
from lobby.app.idempotency import CommandResult
from lobby.app.matchmaking.search_service import SearchService
from lobby.domain.commands import MeetDeadlines
from lobby.domain.model import Party
from lobby.domain.values import Instant, PartyId
from lobby.live.allocation import SessionAllocator
from lobby.live.seat_offers import SeatOffers
from lobby.ports import Clock, Store
from lobby.runtime.background import BackgroundLoop

TICK_S = 0.05
"""How late a deadline may be carried out."""
BATCH_MAX = 100
SWEEP_INTERVAL_S = 10.0
NEXT_SWEEP_S = 0.1
"""Between two sweeps while there is more to drop: commits of 10,000 keyed mutations a second are caught up with."""


class DeadlineLoop:
    """Takes due parties from the store, and executes `MeetDeadlines` in each."""

    def __init__(
        self,
        handler: CommandHandler,
        store: Store,
        clock: Clock,
        up_since: Callable[[], Instant],
        allocations: SessionAllocator,
        seat_offers: SeatOffers,
        search_service: SearchService,
    ) -> None:
        """`up_since`: since when players could connect to any node. `allocations` finds the endpoints of sessions, `seat_offers`
        the players for whom a free seat is held. `search_service` settles matches that every player has accepted."""
        self._handler = handler
        self._store = store
        self._clock = clock
        self._allocations = allocations
        self._seat_offers = seat_offers
        self._search_service = search_service
        self._started_at = clock.now()
        self._up_since = up_since
        self._loop = BackgroundLoop("deadlines", self._meet_due_deadlines, TICK_S)

    async def open(self) -> None:
        await self._allocations.open()
        self._loop.start()

    async def close(self) -> None:
        await self._loop.stop()
        await self._allocations.close()

    async def _meet_due_deadlines(self) -> bool:
        """True if more deadlines may be due already. After a failure a deadline comes again, see `Store.take_due`."""
        party_ids = await self._store.take_due(self._clock.now(), BATCH_MAX)
        await asyncio.gather(*map(self._meet_deadline, party_ids))
        return len(party_ids) == BATCH_MAX

    async def _meet_deadline(self, party_id: PartyId) -> None:
        party = await self._store.latest(party_id)
        if party is None:
            return
        now = self._clock.now()
        if self._needs_endpoint(party, now):
            self._allocations.begin(party)
            if not any(member.remove_at is not None and member.remove_at <= now for member in party.members):
                return
        await self._search_service.settle_due(party)
        # Time before the start of this node does not count: the other nodes may have been down then, unnoticed. If they
        # were not, a grace period ends a little later, and never too early.
        up_since = max(self._started_at, self._up_since())
        outcome = await self._handler.execute(party_id, MeetDeadlines(up_since))
        if isinstance(outcome, CommandResult):  # the party as it is; `party` may be what this node knew of it
            await self._seat_offers.offer(outcome.party)
            await self._seat_offers.check(outcome.party, up_since)

    def _needs_endpoint(self, party: Party, now: Instant) -> bool:
        """True if the countdown is over, and there is still time to find an endpoint."""
        starts_at = party.starts_at
        return starts_at is not None and starts_at <= now < starts_at + self._handler.bounds.allocation_ms


class RetentionLoop:
    """Deletes, a little at a time, what the store no longer has to keep: calls `Store.sweep` at regular intervals."""

    def __init__(self, store: Store, clock: Clock, interval_s: float = SWEEP_INTERVAL_S) -> None:
        self._store = store
        self._clock = clock
        self._interval_s = interval_s
        self._loop = BackgroundLoop("retention sweep", self._sweep, interval_s, waits_first=True)

    async def open(self) -> None:
        self._loop.start()

    async def close(self) -> None:
        await self._loop.stop()

    async def _sweep(self) -> bool:
        has_more = await self._store.sweep(self._clock.now())
        if has_more:
            await asyncio.sleep(min(NEXT_SWEEP_S, self._interval_s))
        return has_more
