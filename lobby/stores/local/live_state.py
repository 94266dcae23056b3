"""The state of all live parties and their claims, in memory, in both readings: latest and durable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lobby.domain.blocks import BlockCheck, BlockList
from lobby.domain.identities import Identity
from lobby.domain.model import Party, Session
from lobby.domain.values import Instant, PartyId, PlayerId, SessionId
from lobby.ports import Change, Commit, Conflict, IdempotencyRecord
from lobby.stores.local.idempotency_records import IdempotencyRecords
from lobby.stores.local.join_codes import JoinCodes
from lobby.stores.local.versioned_map import VersionedMap
from lobby.stores.write_set import NamedClaim, PartyWrite, SerialSequence, WriteSet, create_write_set


class PendingWrite(Protocol):
    """A change that shows in the latest state only, until it is marked as durable."""

    def mark_durable(self) -> None: ...


class LiveState:
    """`apply` checks a commit and writes it without an await in between, so that no two commits can take the same claim."""

    def __init__(self, codes: JoinCodes, records: IdempotencyRecords) -> None:
        self.parties: VersionedMap[PartyId, Party] = VersionedMap()
        """Live parties, and a closed one until its closing is durable."""
        self.seats: VersionedMap[PlayerId, PartyId] = VersionedMap()
        self.sessions: VersionedMap[SessionId, Session] = VersionedMap()
        """Active ones."""
        self.names: VersionedMap[NamedClaim, PartyId] = VersionedMap()
        """The live parties by the saved runs that they continue, and by their external keys."""
        self.block_lists: VersionedMap[PlayerId, BlockList] = VersionedMap()
        """Of all players who have ever blocked anybody: some 250 bytes for each block. A seat is checked against them without an
        await, so they can't be on the disk alone."""
        self.codes = codes
        self.records = records
        self.party_serials: SerialSequence[PartyId] = SerialSequence()
        self.session_serials: SerialSequence[SessionId] = SerialSequence()

    def apply(self, commit: Commit, now: Instant) -> tuple[WriteSet, list[PendingWrite]]:
        """Make `commit` the latest state. Once its write set is on the disk, mark each pending write as durable.

        Raises:
            Conflict: nothing has changed.
        """
        for change in commit.changes:
            self._check_version(change)
        write_set = create_write_set(commit, self.party_serials, self.session_serials)
        try:
            if commit.block_checks and self.finds_block(commit.block_checks):
                raise Conflict("a block keeps the players apart")
            self._check_claims(write_set, now)
        except Conflict:
            self._forget_new_serials(write_set)
            raise
        return write_set, self._write(write_set)

    def apply_block_list(
        self, blocks: BlockList, record: IdempotencyRecord | None
    ) -> tuple[WriteSet, list[PendingWrite]]:
        """As `apply`, for a block list."""
        stored = self.block_lists.latest(blocks.player_id)
        if (stored.version if stored is not None else 0) != blocks.version - 1:
            raise Conflict("the block list has changed")
        self._check_record(record)
        writes: list[PendingWrite] = [self.block_lists.put(blocks.player_id, blocks)]
        if record is not None:
            writes.append(self.records.put(record))
        return WriteSet(record=record, block_list=blocks), writes

    def apply_identity(
        self, identity: Identity | None, record: IdempotencyRecord | None
    ) -> tuple[WriteSet, list[PendingWrite]]:
        """As `apply`, for an identity, which nobody else may be linking. None: it is linked already."""
        self._check_record(record)
        writes: list[PendingWrite] = [self.records.put(record)] if record is not None else []
        return WriteSet(record=record, identity=identity), writes

    def finds_block(self, checks: Sequence[BlockCheck]) -> bool:
        return any(map(self._finds_block, checks))

    def undo(self) -> None:
        """Drop everything that is not durable."""
        self.party_serials.forget(self.parties.undo())
        self.session_serials.forget(self.sessions.undo())
        self.seats.undo()
        self.names.undo()
        self.block_lists.undo()
        self.codes.undo()
        self.records.undo()

    def forget_ended(self, write: PartyWrite) -> None:
        """Drop a party or sessions whose end is durable: from then on the engine keeps them."""
        if write.after.is_closed:
            self.parties.keep(write.after.id, None)
            self.party_serials.forget((write.after.id,))
        for session in write.sessions:
            if session.session is None or session.has_ended:
                self.session_serials.forget((session.id,))

    def party_of_code(self, join_code: str, now: Instant) -> PartyId | None:
        claim = self.codes.latest(join_code)
        if claim is None or claim.given_up_at is None:
            return claim.party_id if claim is not None else None
        party = self.parties.latest(claim.party_id)
        is_closed = party is None or party.is_closed
        return claim.party_id if is_closed and self.codes.is_resting(claim, now) else None

    def _check_version(self, change: Change) -> None:
        """Compares states rather than version numbers: after an undo the same number can mean another state."""
        latest = self.parties.latest(change.after.id)
        if latest is not change.before and latest != change.before:
            raise Conflict("the party has changed")
        if latest is not None and latest.is_closed:
            raise Conflict("the party is closed")

    def _check_claims(self, write_set: WriteSet, now: Instant) -> None:
        for party in write_set.parties:
            if party.keeps_claims:
                continue
            if party.joined:
                self._check_seats(party, write_set)
            if party.taken_code is not None:
                self.codes.check_free(party.taken_code, now)
            if any(self.names.latest(name) is not None for name in party.taken_names):
                raise Conflict("another party has this name")
            for session in party.sessions:
                if session.is_new and self.sessions.has_trace(session.id):
                    raise Conflict("the session id is taken")
        self._check_record(write_set.record)

    def _finds_block(self, check: BlockCheck) -> bool:
        own = self.block_lists.latest(check.player_id)
        if own is not None and any(block.player.id in check.blocked for block in own.blocks):
            return True
        lists = map(self.block_lists.latest, check.blockers)
        return any(blocks is not None and blocks.has(check.player_id) for blocks in lists)

    def _check_record(self, record: IdempotencyRecord | None) -> None:
        if record is not None and self.records.in_memory(record.player_id, record.key) is not None:
            raise Conflict("a record exists for this key")

    def _check_seats(self, write: PartyWrite, write_set: WriteSet) -> None:
        """A player may take a seat who has none, or who leaves the other party in the same commit."""
        left = {player_id: party.after.id for party in write_set.parties for player_id in party.left}
        for player_id in write.joined:
            held = self.seats.latest(player_id)
            if held is not None and left.get(player_id) != held:
                raise Conflict("the player is in a party")

    def _forget_new_serials(self, write_set: WriteSet) -> None:
        for party in write_set.parties:
            if party.change.before is None:
                self.party_serials.forget((party.after.id,))
            new = [s.id for s in party.sessions if s.is_new and not self.sessions.has_trace(s.id)]
            self.session_serials.forget(new)

    def _write(self, write_set: WriteSet) -> list[PendingWrite]:
        writes: list[PendingWrite] = []
        for party in write_set.parties:
            writes += self._write_party(party)
            for player_id in party.left:
                writes.append(self.seats.put(player_id, None))
        for party in write_set.parties:  # only now: a player may leave one party and join the other
            for player_id in party.joined:
                writes.append(self.seats.put(player_id, party.after.id))
        if write_set.record is not None:
            writes.append(self.records.put(write_set.record))
        return writes

    def _write_party(self, write: PartyWrite) -> list[PendingWrite]:
        after = write.after
        writes: list[PendingWrite] = [self.parties.put(after.id, after)]
        if write.keeps_claims:
            return writes
        if write.given_up_code is not None:
            writes.append(self.codes.give_up(write.given_up_code, after.id, after.changed_at))
        if write.taken_code is not None:
            writes.append(self.codes.take(write.taken_code, after.id))
        writes += [self.names.put(name, None) for name in write.given_up_names]
        writes += [self.names.put(name, after.id) for name in write.taken_names]
        for session in write.sessions:
            writes.append(self.sessions.put(session.id, None if session.has_ended else session.session))
        return writes
