"""A commit over parties in several partitions: a player leaves one party and joins another, or parties become one in a match.

1. The claims are taken.
2. Each party outside of the partition that decides gets an intent, one after the other in the order of their ids. Until the
   intent is resolved that party can't change.
3. The parties in the partition of the last party are changed: this decides that the commit stands.
4. The parties with an intent are changed as intended.

The node may die between two steps. Another node that finds an intent reads the log of the last party, and then does the fourth
step for the party of the intent, or removes the intent. If the commit has been open for too long, that node calls it off first,
so that it can't happen later.

A commit that finds a party locked by another commit removes its own intents before it waits for the other one. So no commits wait
for each other, except at the third step: see `Committer`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from lobby.domain.values import Instant, PartyId
from lobby.stores.valkey.client import ValkeyClient
from lobby.stores.valkey.commit_plan import CommitPlan
from lobby.stores.valkey.scripts import FENCE, FINISH_INTENT, PREPARE_INTENT

OPEN_MS = 4_000
"""If a commit is not decided this long after another node has first looked for it, it is called off. No call is repeated
for that long. The server that decides measures the time."""
STATUS_EVERY_S = 0.02
"""A caller asks this often while a commit is undecided."""


class CommitStatus:
    """Finds out whether a commit stands, from the log of its party."""

    def __init__(self, client: ValkeyClient) -> None:
        self._client = client

    async def now(self, party_id: PartyId, commit_id: str, seq: int, at: Instant) -> bool | None:
        """True if the commit stands, False if it never will. None: it is undecided. `at`: when it began, by the clock of the
        servers."""
        home = self._client.partitions.of(party_id)
        reply = await self._client.run(FENCE, home, party_id, commit_id, seq, at, OPEN_MS)
        return None if reply < 0 else bool(reply)

    async def call_off(self, party_id: PartyId, commit_id: str, seq: int) -> bool:
        """Decide now that a commit does not stand, so that nobody waits for it. Returns whether it stands after all."""
        home = self._client.partitions.of(party_id)
        return bool(await self._client.run(FENCE, home, party_id, commit_id, seq, 0, 0))

    async def final(self, party_id: PartyId, commit_id: str, seq: int, at: Instant) -> bool:
        """True if the commit stands. Returns once that is decided, after `OPEN_MS` at the latest."""
        while True:
            stands = await self.now(party_id, commit_id, seq, at)
            if stands is not None:
                return stands
            await asyncio.sleep(STATUS_EVERY_S)


class Intent(msgspec.Struct, frozen=True):
    """The data with which another node can finish the commit `id` in one party. `plan` and `blobs` are the part of `party_id`."""

    id: str
    party_id: PartyId
    entered_id: PartyId
    """The party whose log decides."""
    seq: int
    """The entry in that log."""
    at: Instant
    plan: str
    blobs: tuple[str, ...]


def intent_id(text: bytes) -> str:
    """The commit that an intent belongs to."""
    return _read(text).id


_read = msgspec.json.Decoder(Intent).decode


class MultiPartyCommit:
    """Steps 2 and 4."""

    def __init__(self, client: ValkeyClient, commit_status: CommitStatus) -> None:
        self._client = client
        self._commit_status = commit_status

    async def prepare(self, plan: CommitPlan, now: Instant) -> Any:
        """Step 2. Returns the reply of lua/prepare_intent.lua of the first party that can't change, else that of the last one.
        `now`: by the clock of the deadlines."""
        reply: Any = None
        for intent in sorted(_create_intents(plan), key=lambda intent: intent.party_id):
            home = self._client.partitions.of(intent.party_id)
            text = msgspec.json.encode(intent)
            reply = await self._client.run(PREPARE_INTENT, home, intent.plan, text, now + OPEN_MS)
            if reply[0] != b"done":
                break
        return reply

    async def finish(self, plan: CommitPlan) -> None:
        """Step 4."""
        await self._finish_all(_create_intents(plan), stands=True)

    async def give_up(self, plan: CommitPlan) -> None:
        """Remove the intents of a commit that was not made. It is called off first: others may wait until it is decided."""
        intents = _create_intents(plan)
        if not await self._commit_status.call_off(intents[0].entered_id, plan.id, intents[0].seq):
            await self._finish_all(intents, stands=False)

    async def resolve(self, text: bytes, wait: bool) -> bool:
        """Finish the intent that `text` holds, and return whether it is gone. `wait`: wait until it is decided."""
        intent = _read(text)
        commit = intent.entered_id, intent.id, intent.seq, intent.at
        stands = await self._commit_status.final(*commit) if wait else await self._commit_status.now(*commit)
        if stands is None:
            return False
        await self._finish(intent, stands)
        return True

    async def _finish_all(self, intents: Sequence[Intent], stands: bool) -> None:
        await asyncio.gather(*(self._finish(intent, stands) for intent in intents))

    async def _finish(self, intent: Intent, stands: bool) -> None:
        part = (intent.plan, *intent.blobs) if stands else ("",)
        home = self._client.partitions.of(intent.party_id)
        await self._client.run(FINISH_INTENT, home, intent.party_id, intent.id, *part)


def _create_intents(plan: CommitPlan) -> list[Intent]:
    """One for each party outside of the partition that decides."""
    decider = plan.homes[-1]
    decided_by = plan.partitions[decider].party(plan.party_ids[-1])
    intents: list[Intent] = []
    for party_id, home in zip(plan.party_ids, plan.homes, strict=True):
        if home != decider:
            part = plan.partitions[home]
            own = msgspec.structs.replace(part, parties=[part.party(party_id)])
            blobs = tuple(blob.decode() for blob in plan.blobs[party_id])
            intents.append(
                Intent(
                    plan.id, party_id, decided_by.id, decided_by.after, part.claimed_at, own.to_json().decode(), blobs
                )
            )
    return intents
