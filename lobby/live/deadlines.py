"""Makes happen what time brings: ends of countdowns, of graces, of idle parties."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from lobby.domain.commands import BeginSession, Command, MeetDeadlines
from lobby.domain.model import Party
from lobby.domain.values import Instant, PartyId
from lobby.ports import Clock, Store, Unavailable
from lobby.service import Lobby

log = logging.getLogger(__name__)

TICK_S = 0.05
"""How much later than due a deadline may be met."""
BATCH_MAX = 100


class Deadlines:
    """Takes what is due from the store, and sends it through the door like any other command."""

    def __init__(self, lobby: Lobby, store: Store, clock: Clock, up_since: Callable[[], Instant] | None = None) -> None:
        """`up_since`: since when players could come back; without it, since now."""
        self._lobby = lobby
        self._store = store
        self._clock = clock
        started_at = clock.now()
        self._up_since = up_since or (lambda: started_at)
        self._running: asyncio.Task[None] | None = None

    async def open(self) -> None:
        self._running = asyncio.create_task(self._run(), name="deadlines")

    async def close(self) -> None:
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])

    async def _run(self) -> None:
        while True:
            try:
                taken = await self._store.take_due(self._clock.now(), BATCH_MAX)
                await asyncio.gather(*map(self._meet, taken))
            except Unavailable:
                taken = ()
            except Exception:
                log.exception("a deadline failed; it comes again")
                taken = ()
            if len(taken) < BATCH_MAX:
                await asyncio.sleep(TICK_S)

    async def _meet(self, party_id: PartyId) -> None:
        party = await self._store.newest(party_id)
        if party is not None:
            await self._lobby.execute(party_id, self._due(party, self._clock.now()))

    def _due(self, party: Party, now: Instant) -> Command:
        allocation_ends_at = (party.starts_at or 0) + self._lobby.bounds.allocation_ms
        if party.session is not None and party.starts_at is not None and party.starts_at <= now < allocation_ends_at:
            return BeginSession(party.session.id)
        return MeetDeadlines(self._up_since())
