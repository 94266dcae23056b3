"""Who waits for which entry to become durable."""

from __future__ import annotations

import asyncio

from lobby.domain.values import PartyId
from lobby.ports import Unavailable


class Arrivals:
    """Waiters by party, each for one seq."""

    def __init__(self) -> None:
        self._waiting: dict[PartyId, list[tuple[int, asyncio.Future[None]]]] = {}

    async def wait(self, party_id: PartyId, seq: int) -> None:
        """Until `arrived` reaches `seq`; `Unavailable` after `fail`."""
        arrival: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(party_id, []).append((seq, arrival))
        await arrival

    def arrived(self, party_id: PartyId, seq: int) -> None:
        waiting = self._waiting.pop(party_id, None)
        if waiting is None:
            return
        for wanted, arrival in waiting:
            if wanted <= seq and not arrival.done():
                arrival.set_result(None)
        later = [(wanted, arrival) for wanted, arrival in waiting if wanted > seq]
        if later:
            self._waiting[party_id] = later

    def fail(self) -> None:
        """Whatever is waited for will not come."""
        waiting, self._waiting = self._waiting, {}
        for arrivals in waiting.values():
            for _, arrival in arrivals:
                if not arrival.done():
                    arrival.set_exception(Unavailable("it could not be made durable"))
