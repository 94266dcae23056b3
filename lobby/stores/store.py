"""The store as the core knows it, over the shared state and one engine."""

from __future__ import annotations

from collections.abc import Sequence

from lobby.domain.bounds import Bounds
from lobby.domain.events import Entry
from lobby.domain.model import Party, Session
from lobby.domain.values import Instant, PartyId, PlayerId, SessionId
from lobby.ports import (
    Clock,
    Commit,
    Conflict,
    IdempotencyRecord,
    Page,
    PartyQuery,
    RefreshFamily,
    Retention,
    SessionQuery,
    Unavailable,
)
from lobby.stores.arrivals import Arrivals
from lobby.stores.deadlines import Deadlines
from lobby.stores.engine import Engine, Gate, open_gate
from lobby.stores.group_commit import GroupCommit, Waiting
from lobby.stores.ledger import Ledger
from lobby.stores.posting import Posting
from lobby.stores.slow_list import SlowList

WAITING_MAX = 10_000
"""Commits that may wait for the disk; at 64 a group and 5 ms a group, less than a second's worth."""


class LedgerStore:
    """See `lobby.ports.Store`."""

    def __init__(
        self,
        engine: Engine,
        bounds: Bounds,
        retention: Retention,
        clock: Clock,
        *,
        gate: Gate = open_gate,
        waiting_max: int = WAITING_MAX,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._ledger = Ledger(retention.code_ms)
        self._arrivals = Arrivals()
        self._deadlines = Deadlines(bounds)
        self._list = SlowList()
        self._saving: set[str] = set()
        self._commits = GroupCommit(engine, gate, waiting_max, self._settle, self._undo)

    async def commit(self, commit: Commit) -> None:
        self._commits.check_room()
        posting, writes = self._ledger.post(commit, self._clock.now())
        await self._commits.add(posting, writes)

    async def newest(self, party_id: PartyId) -> Party | None:
        return self._ledger.parties.newest(party_id) or await self._engine.closed_party(party_id)

    async def settled(self, party_id: PartyId, seq: int) -> None:
        durable = await self.party(party_id)
        if durable is not None and durable.version >= seq:
            return
        newest = self._ledger.parties.newest(party_id)
        if newest is None or newest.version < seq:
            raise Unavailable("it was undone")
        await self._arrivals.wait(party_id, seq)

    async def party(self, party_id: PartyId) -> Party | None:
        return self._ledger.parties.durable(party_id) or await self._engine.closed_party(party_id)

    async def party_at(self, party_id: PartyId, seq: int) -> Party | None:
        party = self._ledger.parties.durable(party_id)
        if party is not None and party.version == seq:
            return party
        if seq < await self._engine.oldest_seq(party_id):
            return None
        entries = await self._engine.entries(party_id, seq - 1, 1)
        return entries[0].party if entries else None

    async def entries(self, party_id: PartyId, after_seq: int, limit: int) -> Sequence[Entry]:
        return await self._engine.entries(party_id, after_seq, limit)

    async def oldest_seq(self, party_id: PartyId) -> int:
        return await self._engine.oldest_seq(party_id)

    async def seat_of(self, player_id: PlayerId) -> PartyId | None:
        return self._ledger.seats.newest(player_id)

    async def connected(self) -> Sequence[PlayerId]:
        return [
            member.player.id
            for party in self._ledger.parties.newest_values()
            for member in party.members
            if member.remove_at is None
        ]

    async def party_of_code(self, join_code: str) -> PartyId | None:
        return self._ledger.party_of_code(join_code, self._clock.now())

    async def session(self, session_id: SessionId) -> Session | None:
        return self._ledger.sessions.durable(session_id)

    async def recall(self, player_id: PlayerId, key: str) -> IdempotencyRecord | None:
        return self._ledger.records.newest((player_id, key))

    async def parties(self, query: PartyQuery) -> Page[Party]:
        return self._list.parties(self._ledger, query)

    async def sessions(self, query: SessionQuery) -> Page[Session]:
        return self._list.sessions(self._ledger, query)

    async def take_due(self, at: Instant, limit: int) -> Sequence[PartyId]:
        due = self._deadlines.due(at, limit)
        for party_id in due:
            party = self._ledger.parties.durable(party_id)
            if party is not None:
                self._deadlines.take(party, at)
        return due

    async def next_due(self) -> Instant | None:
        return self._deadlines.next_due()

    async def family(self, family_id: str) -> RefreshFamily | None:
        return await self._engine.family(family_id)

    async def save_family(self, family: RefreshFamily, generation: int | None) -> None:
        """One at a time for each family: whoever comes while another is on the way has lost to it."""
        if family.id in self._saving:
            raise Conflict("the family is being changed")
        self._saving.add(family.id)
        try:
            kept = await self._engine.family(family.id)
            if (kept.generation if kept else None) != generation:
                raise Conflict("the family has changed")
            self._commits.check_room()
            await self._commits.add(Posting(family=family), ())
        finally:
            self._saving.discard(family.id)

    async def sweep(self, at: Instant) -> None:
        await self._engine.sweep(at)

    async def close(self) -> None:
        await self._commits.close()
        await self._engine.close()

    def _settle(self, waiting: Waiting) -> None:
        for write in waiting.writes:
            write.settle()
        for party in waiting.posting.parties:
            after = party.after
            self._deadlines.arm(after)
            self._arrivals.arrived(after.id, after.version)

    def _undo(self) -> None:
        self._ledger.undo()
        self._arrivals.fail()
