"""The store as the core knows it, over the shared state and one engine."""

from __future__ import annotations

from collections.abc import Sequence

from lobby.domain.events import Entry
from lobby.domain.model import Party, Session
from lobby.domain.values import Instant, PartyId, PlayerId, SessionId
from lobby.ports import (
    Attendance,
    Census,
    Clock,
    Commit,
    Conflict,
    IdempotencyRecord,
    LogTrimmed,
    Page,
    PartyQuery,
    RefreshFamily,
    SessionQuery,
    Unavailable,
)
from lobby.stores.engine import Engine, Gate
from lobby.stores.group_commit import GroupCommit
from lobby.stores.index.session_list import SerialPage, session_cursor
from lobby.stores.one_node import OneNode
from lobby.stores.posting import Posting
from lobby.stores.state import State

_PROBE = RefreshFamily("check", "", "", generation=0, rotated_at=0, expires_at=0, revoked=True)
"""Written over and over by `check`: the smallest thing that goes the way of all others. It is nobody's, and good for nothing."""


class LedgerStore:
    """See `lobby.ports.Store`. What is live is answered from the process; what has ended, from the engine."""

    recalls_at_once = True

    def __init__(self, engine: Engine, state: State, clock: Clock, gate: Gate, waiting_max: int) -> None:
        self._engine = engine
        self._clock = clock
        self._state = state
        self._ledger = state.ledger
        self._commits = GroupCommit(engine, gate, waiting_max, state)
        self._families_changing: set[str] = set()
        self.attendance: Attendance = OneNode(clock)

    async def commit(self, commit: Commit) -> None:
        record = commit.record
        if record is not None and await self.recall(record.player_id, record.key) is not None:
            raise Conflict("there is a record for this key")
        self._commits.check_room()
        posting, writes = self._ledger.post(commit, self._clock.now())
        await self._commits.add(posting, writes)

    async def newest(self, party_id: PartyId) -> Party | None:
        if self._ledger.party_serials.knows(party_id):
            return self._ledger.parties.newest(party_id)
        return await self._engine.closed_party(party_id)

    async def settled(self, party_id: PartyId, seq: int) -> None:
        durable = self._ledger.parties.durable(party_id)
        if durable is not None and durable.version >= seq:
            return
        newest = await self.newest(party_id)
        if newest is None or newest.version < seq:
            raise Unavailable("it was undone")
        if self._ledger.party_serials.knows(party_id):
            await self._state.arrivals.wait(party_id, seq)

    async def confirmed(self, party_id: PartyId, version: int) -> None:
        """Nobody else changes parties; what came after `version` in this process was decided later."""
        await self.settled(party_id, version)

    async def party(self, party_id: PartyId) -> Party | None:
        if self._ledger.party_serials.knows(party_id):
            return self._ledger.parties.durable(party_id)
        return await self._engine.closed_party(party_id)

    async def party_at(self, party_id: PartyId, seq: int) -> Party | None:
        party = await self.party(party_id)
        if party is None or seq >= party.version or seq < 1:
            return party if party is not None and party.version == seq else None
        try:
            entries = await self._engine.entries(party_id, seq - 1, 1)
        except LogTrimmed:
            return None
        return entries[0].party if entries else None

    async def entries(self, party_id: PartyId, after_seq: int, limit: int) -> Sequence[Entry]:
        party = self._ledger.parties.durable(party_id)
        if party is not None and after_seq >= party.version:
            return ()
        return await self._engine.entries(party_id, after_seq, limit)

    async def oldest_seq(self, party_id: PartyId) -> int:
        return await self._engine.oldest_seq(party_id)

    async def seat_of(self, player_id: PlayerId) -> PartyId | None:
        return self._ledger.seats.newest(player_id)

    async def connected(self) -> Sequence[PlayerId]:
        parties = self._ledger.parties.newest_values()
        return [m.player.id for party in parties for m in party.members if m.remove_at is None]

    async def party_of_code(self, join_code: str) -> PartyId | None:
        return self._ledger.party_of_code(join_code, self._clock.now())

    async def session(self, session_id: SessionId) -> Session | None:
        if self._ledger.session_serials.knows(session_id):
            return self._ledger.sessions.durable(session_id)
        return await self._engine.ended_session(session_id)

    async def recall(self, player_id: PlayerId, key: str) -> IdempotencyRecord | None:
        return await self._state.records.newest(player_id, key)

    async def parties(self, query: PartyQuery) -> Page[Party]:
        return self._state.lists.parties.page(query)

    async def sessions(self, query: SessionQuery) -> Page[Session]:
        page = self._state.lists.sessions.page(query)
        sessions = await self._sessions(page)
        return Page(tuple(sessions.values()), tuple(map(session_cursor, sessions)), page.has_next, page.total)

    async def take_due(self, at: Instant, limit: int) -> Sequence[PartyId]:
        return [party.id for party in self._state.take_due(at, limit)]

    async def next_due(self) -> Instant | None:
        return self._state.deadlines.next_due()

    async def family(self, family_id: str) -> RefreshFamily | None:
        return await self._engine.family(family_id)

    async def save_family(self, family: RefreshFamily, generation: int | None) -> None:
        """Who comes while another change of the same family is on its way has lost to it."""
        if family.id in self._families_changing:
            raise Conflict("the family is being changed")
        self._families_changing.add(family.id)
        try:
            kept = await self._engine.family(family.id)
            if (kept.generation if kept is not None else None) != generation:
                raise Conflict("the family has changed")
            self._commits.check_room()
            await self._commits.add(Posting(family=family), ())
        finally:
            self._families_changing.discard(family.id)

    async def census(self) -> Census:
        return Census(self._ledger.parties.durable_count, self._ledger.sessions.durable_count)

    async def check(self) -> None:
        self._commits.check_room()
        await self._commits.add(Posting(family=_PROBE), ())

    async def sweep(self, at: Instant) -> None:
        self._state.sweep(at, await self._engine.sweep(at))

    async def close(self) -> None:
        await self._commits.close()
        await self._engine.close()

    async def _sessions(self, page: SerialPage) -> dict[int, Session]:
        """By serial, in the order of the page; one that was swept in the meantime is left out."""
        active = {serial: self._active_session(serial) for serial in page.serials}
        missing = [serial for serial, session in active.items() if session is None]
        ended = await self._engine.ended_sessions(missing) if missing else {}
        found = ((serial, active[serial] or ended.get(serial)) for serial in page.serials)
        return {serial: session for serial, session in found if session is not None}

    def _active_session(self, serial: int) -> Session | None:
        session_id = self._ledger.session_serials.id(serial)
        return self._ledger.sessions.durable(session_id) if session_id is not None else None
