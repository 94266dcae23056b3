"""Makes happen what time brings: ends of countdowns, of graces, of idle parties."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from lobby.allocators.unallocated import Unallocated
from lobby.domain.commands import MeetDeadlines
from lobby.domain.model import Party
from lobby.domain.values import Instant, PartyId
from lobby.live.allocations import Allocations
from lobby.ports import Clock, Store, Unavailable
from lobby.service import Lobby

log = logging.getLogger(__name__)

TICK_S = 0.05
"""How much later than due a deadline may be met."""
BATCH_MAX = 100


class Deadlines:
    """Takes what is due from the store, and sends it through the door like any other command."""

    def __init__(
        self,
        lobby: Lobby,
        store: Store,
        clock: Clock,
        up_since: Callable[[], Instant] | None = None,
        allocations: Allocations | None = None,
    ) -> None:
        """`up_since`: since when players could come back, to any node; never mind what was before this one's start: the others
        may be gone unnoticed, and where they are not, a grace ends later than it might, and no sooner. `allocations`: who
        finds the endpoints of sessions; without, sessions begin without one."""
        self._lobby = lobby
        self._store = store
        self._clock = clock
        self._allocations = allocations or Allocations(lobby, Unallocated())
        self._started_at = clock.now()
        self._up_since = up_since
        self._running: asyncio.Task[None] | None = None

    async def open(self) -> None:
        await self._allocations.open()
        self._running = asyncio.create_task(self._run(), name="deadlines")

    async def close(self) -> None:
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])
        await self._allocations.close()

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
        if party is None:
            return
        now = self._clock.now()
        if not self._is_to_begin(party, now):
            await self._lobby.execute(
                party_id, MeetDeadlines(max(self._started_at, self._up_since() if self._up_since is not None else 0))
            )
            return
        self._allocations.begin(party)
        if any(member.remove_at is not None and member.remove_at <= now for member in party.members):
            await self._lobby.execute(
                party_id, MeetDeadlines(max(self._started_at, self._up_since() if self._up_since is not None else 0))
            )

    def _is_to_begin(self, party: Party, now: Instant) -> bool:
        """The countdown is over, and there is still time to find an endpoint."""
        starts_at = party.starts_at
        return starts_at is not None and starts_at <= now < starts_at + self._lobby.bounds.allocation_ms
