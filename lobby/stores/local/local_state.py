"""Everything that the store of one process keeps in memory, and how it follows the disk; which parties are due."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush, nlargest
from operator import attrgetter

from pyroaring import BitMap

from lobby.domain.bounds import Bounds
from lobby.domain.listing import has_public_sessions
from lobby.domain.model import Invite, Party, Session
from lobby.domain.rules.presence_and_deadlines import next_deadline
from lobby.domain.values import Instant, PartyId, PlayerId, SessionId
from lobby.ports import INVITES_LISTED_MAX, TAKE_LEASE_MS, InboxListener, Retention, Unavailable
from lobby.stores.facet_index import descending
from lobby.stores.local.engine import EndedSession, Engine, RestoredState, SweepResult
from lobby.stores.local.idempotency_records import IdempotencyRecords
from lobby.stores.local.join_codes import CodeClaim, JoinCodes
from lobby.stores.local.live_state import LiveState, PendingWrite
from lobby.stores.local.searches import LocalSearches
from lobby.stores.party_list import PartyList
from lobby.stores.session_list import SessionFacets, SessionList
from lobby.stores.write_set import PartyWrite, SessionWrite, WriteSet, named_claims

CODES_SWEPT_MAX = 1_000
"""Join codes that one call of `sweep` deletes."""
STALE_MIN = 1024
"""The heap is rebuilt when this many of its items, and more than half of all, are out of date."""


class LocalState:
    """`live` has both readings of the parties. The public lists, the searches and the deadlines follow the durable
    one."""

    def __init__(self, engine: Engine, bounds: Bounds, retention: Retention) -> None:
        self._retention = retention
        self.codes = JoinCodes(retention.code_ms)
        self.records = IdempotencyRecords(engine)
        self.live = LiveState(self.codes, self.records)
        self.lists = PublicLists()
        self.searches = LocalSearches()
        self.deadlines = DeadlineQueue(bounds)
        self.durability_waiters = DurabilityWaiters()
        self.inbox_listeners: list[InboxListener] = []
        """As `Inboxes.inbox_listeners`."""
        self.invites = InviteIndex()
        self.numbers = LiveNumbers()

    def mark_durable(self, write_set: WriteSet, writes: Sequence[PendingWrite]) -> None:
        for write in writes:
            write.mark_durable()
        for party in write_set.parties:
            self.lists.update(party)
            self.searches.show(party.after)
            self.deadlines.arm(party.after)
            if not party.keeps_claims:
                self.numbers.update(party)
                self.invites.update(party.uninvited, party.invited)
                self.live.forget_ended(party)
            self.durability_waiters.notify(party.after.id, party.after.version)
        for post in write_set.posts:
            for listener in self.inbox_listeners:
                listener(post.player_id, post.at)

    def undo(self) -> None:
        """Drop everything that is not durable."""
        self.live.undo()
        self.durability_waiters.fail()

    def take_due(self, at: Instant, limit: int) -> list[Party]:
        due = map(self.live.parties.durable, self.deadlines.pop_due(at, limit))
        taken = [party for party in due if party is not None]
        for party in taken:
            self.deadlines.take(party, at)
        return taken

    def restore(self, restored: RestoredState) -> int:
        """Load the state of an earlier process. Returns the number of live parties."""
        self.live.party_serials.skip(restored.party_serial_max)
        self.live.session_serials.skip(restored.session_serial_max)
        self.codes.restore_resting((code.code, CodeClaim(code.party_id, code.at)) for code in restored.codes)
        self._restore_parties(restored.parties, restored.active_sessions)
        self.lists.restore_ended(restored.ended_sessions)
        for blocks in restored.block_lists:
            self.live.block_lists.keep(blocks.player_id, blocks)
        for kind, search_id, wait_s in restored.search_waits:
            self.searches.keep_waits(kind, {search_id: wait_s})
        for digest, at in restored.digests:
            self.records.filter.add(digest, at)
        return len(restored.parties)

    def replace_party(self, party: Party) -> None:
        """Put another form of the same durable state in place: no commit may be on its way."""
        self.live.parties.keep(party.id, party)
        serial = self.live.party_serials.assign(party.id)
        self.lists.parties.show(serial, party)
        if party.session is not None:
            self.live.sessions.keep(party.session.id, party.session)

    def sweep(self, at: Instant, swept: SweepResult) -> None:
        """Forget what the engine has dropped, and the codes and records that have expired."""
        for session in swept.sessions:
            self.lists.sessions.remove(session.serial, session.facets)
        self.codes.sweep(at, CODES_SWEPT_MAX)
        self.records.sweep(at - self._retention.idempotency_ms)

    def _restore_parties(self, parties: Sequence[tuple[int, Party]], session_serials: Mapping[SessionId, int]) -> None:
        """Each part takes all parties at once: for each party alone, 100,000 of them would take half as long again."""
        live = self.live
        live.parties.restore({party.id: party for _, party in parties})
        live.party_serials.restore({party.id: serial for serial, party in parties})
        live.seats.restore(_seats(parties))
        live.names.restore({name: party.id for _, party in parties for name in named_claims(party)})
        self.codes.restore_taken({party.join_code: CodeClaim(party.id) for _, party in parties})
        self.lists.parties.extend(parties)
        self.numbers.restore(parties)
        for _, party in parties:
            if party.invites:
                self.invites.update((), party.pending_invites)
            if party.search is not None:
                self.searches.show(party)
            if party.session is not None:
                self._restore_session(party, party.session, session_serials[party.session.id])
        self.deadlines.restore(party for _, party in parties)

    def _restore_session(self, party: Party, session: Session, serial: int) -> None:
        self.live.sessions.keep(session.id, session)
        self.live.session_serials.keep(session.id, serial)
        self.lists.sessions.add(serial, SessionFacets.of(session), has_public_sessions(party))


def _seats(parties: Sequence[tuple[int, Party]]) -> dict[PlayerId, PartyId]:
    """The players whose one place a party is, see `Party.claimed_players`. Most of them are members, and to ask each party for
    the set of its players takes twice as long."""
    seats = {member.player.id: party.id for _, party in parties for member in party.members}
    for _, party in parties:
        if party.waiting or party.reservations:
            seats.update(dict.fromkeys(party.claimed_players, party.id))
    return seats


class PublicLists:
    """The lists of parties and of sessions. They are updated as commits become durable."""

    def __init__(self) -> None:
        self.parties = PartyList()
        self.sessions = SessionList()

    def update(self, write: PartyWrite) -> None:
        before, after = write.change.before, write.after
        self.parties.show(write.serial, after)
        if (
            not write.sessions
            and before is not None
            and before.settings is after.settings
            and before.state is after.state
        ):
            return  # most changes are of no importance to the list of sessions
        is_public = has_public_sessions(after)
        for session in write.sessions:
            self._update_session(session, before.session if before else None, is_public)
        if before is not None and has_public_sessions(before) is not is_public:
            self.sessions.set_public(after.id, is_public)

    def restore_ended(self, sessions: Iterable[EndedSession]) -> None:
        for session in sessions:
            self.sessions.add(session.serial, session.facets, session.is_public)

    def _update_session(self, write: SessionWrite, before: Session | None, public: bool) -> None:
        old = None if write.is_new or before is None else SessionFacets.of(before)
        new = SessionFacets.of(write.session) if write.session is not None else None
        if old is None and new is not None:
            self.sessions.add(write.serial, new, public)
        elif old is not None and new is not None:
            self.sessions.move(write.serial, old, new)
        elif old is not None:
            self.sessions.remove(write.serial, old)


class LiveNumbers:
    """The live parties by their serial, in the durable state."""

    def __init__(self) -> None:
        self._serials = BitMap()
        self._ids: dict[int, PartyId] = {}

    def update(self, write: PartyWrite) -> None:
        if write.change.before is None:
            self.add(write.serial, write.after.id)
        if write.after.is_closed:
            self._serials.discard(write.serial)
            self._ids.pop(write.serial, None)

    def add(self, serial: int, party_id: PartyId) -> None:
        self._serials.add(serial)
        self._ids[serial] = party_id

    def restore(self, parties: Sequence[tuple[int, Party]]) -> None:
        self._serials.update([serial for serial, _ in parties])
        self._ids.update({serial: party.id for serial, party in parties})

    def before(self, serial: int, limit: int) -> list[tuple[int, PartyId]]:
        """Up to `limit` parties with a smaller serial, the greatest first."""
        return [(found, self._ids[found]) for found in descending(self._serials, serial, limit)]


class InviteIndex:
    """The pending invites of each player, as they become durable."""

    def __init__(self) -> None:
        self._of_player: dict[PlayerId, dict[PartyId, Invite]] = {}

    def update(self, ended: Iterable[Invite], new: Iterable[Invite]) -> None:
        for invite in ended:
            invites = self._of_player.get(invite.invitee.id, {})
            invites.pop(invite.party_id, None)
            if not invites:
                self._of_player.pop(invite.invitee.id, None)
        for invite in new:
            self._of_player.setdefault(invite.invitee.id, {})[invite.party_id] = invite

    def parties_inviting(self, player_id: PlayerId) -> list[PartyId]:
        """As `Invites.parties_inviting`."""
        invites = self._of_player.get(player_id, {}).values()
        return [each.party_id for each in nlargest(INVITES_LISTED_MAX, invites, key=attrgetter("expires_at"))]


class DurabilityWaiters:
    """Callers who wait until an entry of a party's log is durable."""

    def __init__(self) -> None:
        self._waiting: dict[PartyId, list[tuple[int, asyncio.Future[None]]]] = {}

    async def wait(self, party_id: PartyId, seq: int) -> None:
        """Return once `notify` was called for `seq` or a later entry. Raises `Unavailable` after `fail`."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(party_id, []).append((seq, waiter))
        await waiter

    def notify(self, party_id: PartyId, seq: int) -> None:
        """The log of the party is durable up to entry `seq`."""
        waiting = self._waiting.pop(party_id, None)
        if waiting is None:
            return
        for wanted, waiter in waiting:
            if wanted <= seq and not waiter.done():
                waiter.set_result(None)
        later = [(wanted, waiter) for wanted, waiter in waiting if wanted > seq]
        if later:
            self._waiting[party_id] = later

    def fail(self) -> None:
        """The entries that callers wait for are undone."""
        waiting, self._waiting = self._waiting, {}
        for waiters in waiting.values():
            for _, waiter in waiters:
                if not waiter.done():
                    waiter.set_exception(Unavailable("the commit could not be made durable"))


class DeadlineQueue:
    """A heap with at most one valid item for each party. Items that were replaced stay in it, and are skipped."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._armed: dict[PartyId, Instant] = {}
        self._heap: list[tuple[Instant, PartyId]] = []

    def arm(self, party: Party) -> None:
        """Set the deadline that follows from the state of the party. It may be past: one commit can leave more work due."""
        self._set(party.id, next_deadline(party, self._bounds))

    def restore(self, parties: Iterable[Party]) -> None:
        """As `arm`, for all parties of an earlier process."""
        deadlines = {party.id: next_deadline(party, self._bounds) for party in parties}
        self._armed.update({party_id: at for party_id, at in deadlines.items() if at is not None})
        self._rebuild()

    def take(self, party: Party, at: Instant) -> None:
        """A taker handles the party now. It comes up again later, in case that taker dies."""
        following = next_deadline(party, self._bounds, at)
        again_at = at + TAKE_LEASE_MS
        self._set(party.id, again_at if following is None else min(following, again_at))

    def pop_due(self, at: Instant, limit: int) -> list[PartyId]:
        """Remove and return up to `limit` parties that are due. `take` those that still exist."""
        due: list[PartyId] = []
        while len(due) < limit:
            first = self.next_due()
            if first is None or first > at:
                break
            due.append(heappop(self._heap)[1])
            del self._armed[due[-1]]
        return due

    def next_due(self) -> Instant | None:
        while self._heap and self._armed.get(self._heap[0][1]) != self._heap[0][0]:
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def _set(self, party_id: PartyId, at: Instant | None) -> None:
        if self._armed.get(party_id) == at:
            return
        if at is None:
            del self._armed[party_id]
        else:
            self._armed[party_id] = at
            heappush(self._heap, (at, party_id))
        self._compact()

    def _compact(self) -> None:
        stale = len(self._heap) - len(self._armed)
        if stale > STALE_MIN and stale > len(self._armed):
            self._rebuild()

    def _rebuild(self) -> None:
        self._heap = [(at, party_id) for party_id, at in self._armed.items()]
        heapify(self._heap)
