"""The store that many nodes share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from secrets import token_hex
from typing import TypeVar

from lobby.domain.deadlines import next_deadline
from lobby.domain.events import Entry
from lobby.domain.model import Party, Session
from lobby.domain.values import Instant, PartyId, PlayerId, SessionId
from lobby.ports import (
    Attendance,
    Census,
    Change,
    Clock,
    Commit,
    Conflict,
    IdempotencyRecord,
    LogTrimmed,
    Page,
    PartyQuery,
    RefreshFamily,
    SessionQuery,
)
from lobby.stores.codec import read_family, read_session, written
from lobby.stores.latest_entries import LatestEntries
from lobby.stores.valkey.commits import Commits
from lobby.stores.valkey.deadlines import Deadlines
from lobby.stores.valkey.entries import folded, snapshot_before
from lobby.stores.valkey.halves import Halves
from lobby.stores.valkey.healing import Healing
from lobby.stores.valkey.holders import Holders
from lobby.stores.valkey.known import Known, KnownParties
from lobby.stores.valkey.link import Link
from lobby.stores.valkey.parties import Parties
from lobby.stores.valkey.party_copy import PartyCopy
from lobby.stores.valkey.plan import Plan, Planner
from lobby.stores.valkey.scripts import CENSUS, SAVE_FAMILY, SWEEP
from lobby.stores.valkey.session_lists import ACTIVE_PLACES, SessionLists
from lobby.stores.valkey.verdicts import Verdicts

Answer = TypeVar("Answer")

SWEPT_MAX = 250
"""Of each kind, in one call: others wait for about a millisecond."""
SWEEPS_MAX = 100
"""Calls to one partition, in one sweep. At one sweep in 10 s a node drops up to 2,500 things a second, such as keys that have run
out: it keeps up with as many mutations."""
LATEST_ENTRIES_MAX = 20_000
"""Of this node's own commits, so that what they answered is answered again without asking the servers."""


class ValkeyStore:
    """See `lobby.ports.Store`. What is committed is what there is: the two readings are one.

    `newest` may be what this node last saw; a commit decided on it says so if it is stale, and `confirmed` does for what is
    not committed. All other reading asks the servers.
    """

    recalls_at_once = False

    def __init__(self, link: Link, planner: Planner, clock: Clock, attendance: Attendance) -> None:
        self.link = link
        self._planner = planner
        self._clock = clock
        self.attendance = attendance
        self._known = KnownParties()
        verdicts = Verdicts(link)
        halves = Halves(link, verdicts)
        self._parties = Parties(link, self._known, halves)
        self._commits = Commits(link, self._known, halves, Healing(link, self._parties, verdicts, planner.retention))
        self._holders = Holders(link, self._parties, verdicts, planner.retention)
        self._latest = LatestEntries(LATEST_ENTRIES_MAX)
        self._deadlines = Deadlines(link)
        self._list = PartyCopy(link)
        self._sessions = SessionLists(link)

    async def commit(self, commit: Commit) -> None:
        nonces = {change.after.id: await self._nonce(change) for change in commit.changes}
        plan = self._planner.plan(commit, self._clock.now(), nonces)
        await self._number(plan)
        await self._commits.make(plan)
        for home, change in zip(plan.homes, commit.changes, strict=True):
            self._known.keep(Known(change.after, plan.id))
            self._latest.add(change.after.id, change.entries)
            self._deadlines.expect(home, next_deadline(change.after, self._planner.bounds), plan.groups[home].now)

    async def newest(self, party_id: PartyId) -> Party | None:
        known = self._known.get(party_id)
        return known.party if known is not None else await self.party(party_id)

    async def settled(self, party_id: PartyId, seq: int) -> None:
        """What can be read has been committed."""

    async def confirmed(self, party_id: PartyId, version: int) -> None:
        party = await self.party(party_id)
        if party is None or party.version != version:
            raise Conflict("the party has changed")

    async def party(self, party_id: PartyId) -> Party | None:
        known = await self._parties.read(party_id)
        return known.party if known is not None else None

    async def party_at(self, party_id: PartyId, seq: int) -> Party | None:
        known = self._known.get(party_id)
        if known is not None and known.party.version == seq:
            return known.party
        if seq < 1:
            return None
        try:
            entries = await self.entries(party_id, seq - 1, 1)
        except LogTrimmed:
            return None
        return entries[0].party if entries else None

    async def entries(self, party_id: PartyId, after_seq: int, limit: int) -> Sequence[Entry]:
        known = self._known.get(party_id)
        at_hand = self._at_hand(known, party_id, after_seq, limit)
        if at_hand is not None and len(at_hand) == limit:
            return at_hand  # of a shorter stretch only the servers know whether it goes on
        if known is not None and known.party.version == after_seq:
            start, party = after_seq + 1, known.party
        else:
            start, party = snapshot_before(after_seq + 1), None
        rows = await self.link.ask(
            self.link.partitions.of(party_id),
            "XRANGE",
            f"log:{party_id}",
            f"{start}-0",
            "+",
            "COUNT",
            after_seq + 1 - start + limit,
        )
        if rows and int(rows[0][0].partition(b"-")[0]) > after_seq + 1:
            raise LogTrimmed(party_id)
        entries = [entry for entry in folded(rows, party) if entry.seq > after_seq]
        return tuple(entries)

    async def oldest_seq(self, party_id: PartyId) -> int:
        rows = await self.link.ask(self.link.partitions.of(party_id), "XRANGE", f"log:{party_id}", "-", "+", "COUNT", 1)
        return int(rows[0][0].partition(b"-")[0]) if rows else 1

    async def seat_of(self, player_id: PlayerId) -> PartyId | None:
        return await self._holders.seat_of(player_id)

    async def connected(self) -> Sequence[PlayerId]:
        """Nobody is asked for: who was there with a node that is gone is found by its lease, see `lobby.live.presence`."""
        return ()

    async def party_of_code(self, join_code: str) -> PartyId | None:
        return await self._holders.party_of_code(join_code, self._clock.now())

    async def session(self, session_id: SessionId) -> Session | None:
        party_id = await self._holders.party_of_session(session_id)
        if party_id is None:
            return None
        home = self.link.partitions.of(party_id)
        text = await self.link.ask(home, "HGET", f"session:{session_id}", "j")
        return read_session(text.decode()) if text is not None else None

    async def recall(self, player_id: PlayerId, key: str) -> IdempotencyRecord | None:
        return await self._holders.record_of(player_id, key)

    async def parties(self, query: PartyQuery) -> Page[Party]:
        page = await self._list.page(query)
        parties = await asyncio.gather(*(self.party(outline.id) for outline in page.items))
        there = [(party, cursor) for party, cursor in zip(parties, page.cursors, strict=True) if party is not None]
        items, cursors = tuple(party for party, _ in there), tuple(cursor for _, cursor in there)
        return Page(items, cursors, page.has_next, page.total)

    async def sessions(self, query: SessionQuery) -> Page[Session]:
        return await self._sessions.page(query)

    async def read_list(self) -> None:
        """So that the first who asks for the public list does not wait for it."""
        await self._list.page(PartyQuery(first=1))

    async def take_due(self, at: Instant, limit: int) -> Sequence[PartyId]:
        return await self._deadlines.take(at, limit)

    async def next_due(self) -> Instant | None:
        return await self._deadlines.next_due()

    async def family(self, family_id: str) -> RefreshFamily | None:
        text = await self.link.ask(self.link.partitions.of(family_id), "HGET", f"family:{family_id}", "j")
        return read_family(text.decode()) if text is not None else None

    async def save_family(self, family: RefreshFamily, generation: int | None) -> None:
        expected = str(generation) if generation is not None else ""
        asked = family.id, expected, family.generation, family.expires_at, written(family), token_hex(8)
        if not await self.link.run(SAVE_FAMILY, self.link.partitions.of(family.id), *asked):
            raise Conflict("the family has changed")

    async def census(self) -> Census:
        counts = await self._everywhere(lambda number: self.link.run(CENSUS, number, *ACTIVE_PLACES))
        return Census(sum(count[0] for count in counts), sum(count[1] for count in counts))

    async def check(self) -> None:
        """In each partition: of a cluster, all primaries must take it."""
        at = self._clock.now()
        await self._everywhere(lambda number: self.link.ask(number, "SET", "check", at))

    async def sweep(self, at: Instant) -> None:
        retention = self._planner.retention
        asked = at, SWEPT_MAX, retention.entries_min, retention.log_ms
        for number in range(self.link.partitions.count):
            for _ in range(SWEEPS_MAX):
                if await self.link.run(SWEEP, number, *asked) < SWEPT_MAX:
                    break

    async def close(self) -> None:
        await self._commits.close()
        await self.link.close()

    async def _everywhere(self, ask: Callable[[int], Awaitable[Answer]]) -> list[Answer]:
        return await asyncio.gather(*map(ask, range(self.link.partitions.count)))

    async def _number(self, plan: Plan) -> None:
        """Over several partitions the serials of new parties, by which the list is sorted, come from one."""
        if self.link.partitions.count > 1:
            for change in (change for group in plan.groups.values() for change in group.parties if not change.before):
                change.serial = await self.link.ask(0, "INCR", "serials")

    async def _nonce(self, change: Change) -> str:
        """Of the state that the change was decided on. Raises `Conflict` if it is not the newest that can be known."""
        if change.before is None:
            return ""
        known = self._known.get(change.after.id)
        if known is None or (known.party is not change.before and known.party != change.before):
            known = await self._parties.read(change.after.id)
        if known is None or known.party != change.before:
            raise Conflict("the party has changed")
        return known.nonce

    def _at_hand(self, known: Known | None, party_id: PartyId, after_seq: int, limit: int) -> Sequence[Entry] | None:
        """What this node has committed itself, as far as no node may have swept it."""
        if known is None or known.party.is_closed:
            return None
        is_kept = after_seq >= known.party.version - self._planner.retention.entries_min
        return self._latest.after(party_id, after_seq, limit) if is_kept else None
