"""A commit over two parties in two partitions: the one that is left waits, as an intent, for what becomes of the one entered.

1. The claims are taken.
2. The party left is given the intent: it can't change until that is resolved.
3. The party entered is changed: this decides.
4. The party left is changed as intended.

Whoever meets an intent asks the log of the party entered, and does the fourth step or takes the intent back. If the node of the
commit may have died before the third step, the commit is called off first.
"""

from __future__ import annotations

from typing import Any

import msgspec

from lobby.domain.values import Instant, PartyId
from lobby.stores.valkey.link import Link
from lobby.stores.valkey.plan import Plan
from lobby.stores.valkey.scripts import FINISH, PREPARE
from lobby.stores.valkey.verdicts import OPEN_MS, Verdicts


class Intent(msgspec.Struct, frozen=True):
    """All that anybody needs to end the commit `id`. `plan` and `blobs` are the half of `party_id`, the one that is left."""

    id: str
    party_id: PartyId
    entered_id: PartyId
    seq: int
    """Of the entry of the party entered that decides."""
    at: Instant
    plan: str
    blobs: tuple[str, ...]


_read = msgspec.json.Decoder(Intent).decode


class Halves:
    def __init__(self, link: Link, verdicts: Verdicts) -> None:
        self._link = link
        self._verdicts = verdicts

    async def prepare(self, plan: Plan, now: Instant) -> Any:
        """The second step; answers as lua/prepare.lua. `now`: by the clock of the deadlines."""
        intent = self._intent(plan)
        text = msgspec.json.encode(intent)
        return await self._link.run(PREPARE, plan.homes[0], intent.plan, text, now + OPEN_MS)

    async def end(self, plan: Plan, stands: bool) -> None:
        """The fourth step, or the second one undone."""
        await self._end(self._intent(plan), stands)

    async def resolve(self, text: bytes, wait: bool) -> bool:
        """Whether the intent is gone now. `wait`: until it is."""
        intent = _read(text)
        asked = intent.entered_id, intent.id, intent.seq, intent.at
        stands = await self._verdicts.final(*asked) if wait else await self._verdicts.now(*asked)
        if stands is None:
            return False
        await self._end(intent, stands)
        return True

    async def _end(self, intent: Intent, stands: bool) -> None:
        half = (intent.plan, *intent.blobs) if stands else ("",)
        await self._link.run(FINISH, self._link.partitions.of(intent.party_id), intent.party_id, intent.id, *half)

    def _intent(self, plan: Plan) -> Intent:
        left = plan.groups[plan.homes[0]]
        (change,) = left.parties
        (entered,) = plan.groups[plan.homes[-1]].parties
        blobs = tuple(blob if isinstance(blob, str) else blob.decode() for blob in plan.blobs[change.id])
        return Intent(plan.id, change.id, entered.id, entered.after, left.claimed_at, left.text().decode(), blobs)
