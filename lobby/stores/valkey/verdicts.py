"""Whether a commit of which something was found has come to be. The log of its party is the truth; a node that may have died
can be kept from writing there any more."""

from __future__ import annotations

import asyncio
import time

from lobby.domain.values import Instant, PartyId
from lobby.stores.valkey.link import Link
from lobby.stores.valkey.scripts import FENCE

OPEN_MS = 4_000
"""A commit that has not come to be so long after its first step is called off: longer than a call is tried for."""
FENCE_S = 600
"""No call is on its way for so long."""
ASK_EVERY_S = 0.02


class Verdicts:
    def __init__(self, link: Link) -> None:
        self._link = link

    async def now(self, party_id: PartyId, commit_id: str, seq: int, at: Instant) -> bool | None:
        """Whether the commit stands; None: it still may come to be. `at`: when it began, by the wall clock."""
        fence_s = FENCE_S if time.time() * 1000 - at >= OPEN_MS else 0
        home = self._link.partitions.of(party_id)
        answer = await self._link.run(FENCE, home, party_id, commit_id, seq, fence_s)
        return None if answer < 0 else bool(answer)

    async def final(self, party_id: PartyId, commit_id: str, seq: int, at: Instant) -> bool:
        """Whether the commit stands, once that is sure: after `OPEN_MS` at the latest."""
        while True:
            stands = await self.now(party_id, commit_id, seq, at)
            if stands is not None:
                return stands
            await asyncio.sleep(ASK_EVERY_S)
