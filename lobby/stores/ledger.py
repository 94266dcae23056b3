"""The state of all live parties and their claims, in this process; every engine keeps it the same way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from lobby.domain.model import Party, Session
from lobby.domain.values import Instant, PartyId, PlayerId, SessionId
from lobby.ports import Change, Commit, Conflict, IdempotencyRecord
from lobby.stores.posting import PartyPosting, Posting, posting_of
from lobby.stores.table import Table


class Settles(Protocol):
    def settle(self) -> None:
        """What was newest is durable now."""


@dataclass(frozen=True, slots=True)
class CodeClaim:
    """Who holds a join code; after `given_up_at` it is only reserved, so that an old note leads nowhere else."""

    party_id: PartyId
    given_up_at: Instant | None = None


class Ledger:
    """Checks and writes in one go, without a pause between the two, so that two commits can't both pass."""

    def __init__(self, code_ms: int) -> None:
        self._code_ms = code_ms
        self.parties: Table[PartyId, Party] = Table()
        self.seats: Table[PlayerId, PartyId] = Table()
        self.codes: Table[str, CodeClaim] = Table()
        self.sessions: Table[SessionId, Session] = Table()
        self.records: Table[tuple[PlayerId, str], IdempotencyRecord] = Table()
        self.serials: dict[PartyId, int] = {}
        self.next_serial = 1

    def post(self, commit: Commit, now: Instant) -> tuple[Posting, list[Settles]]:
        """`commit` is the newest state from here on; what is returned settles it. Raises `Conflict`."""
        for change in commit.changes:
            self._check_version(change)
        posting = posting_of(commit, self._serial)
        self._check_claims(posting, now)
        return posting, self._write(posting)

    def undo(self) -> None:
        """Everything that has not settled is gone."""
        for table in (self.parties, self.seats, self.codes, self.sessions, self.records):
            table.undo()

    def party_of_code(self, join_code: str, now: Instant) -> PartyId | None:
        claim = self.codes.newest(join_code)
        if claim is None or claim.given_up_at is None:
            return None if claim is None else claim.party_id
        party = self.parties.newest(claim.party_id)
        is_closed = party is None or party.is_closed
        return claim.party_id if is_closed and self.is_reserved(claim, now) else None

    def is_reserved(self, claim: CodeClaim, now: Instant) -> bool:
        return claim.given_up_at is not None and claim.given_up_at + self._code_ms > now

    def _serial(self, change: Change) -> int:
        if change.before is not None:
            return self.serials[change.before.id]
        self.next_serial += 1
        return self.next_serial - 1

    def _check_version(self, change: Change) -> None:
        """By value, not by number: after an undo the same number may come to name another state."""
        newest = self.parties.newest(change.after.id)
        if newest is not change.before and newest != change.before:
            raise Conflict("the party has changed")
        if newest is not None and newest.is_closed:
            raise Conflict("the party is closed")

    def _check_claims(self, posting: Posting, now: Instant) -> None:
        self._check_seats(posting)
        for party in posting.parties:
            self._check_code(party.taken_code, now)
            for session in party.sessions:
                if session.is_new and self.sessions.newest(session.id) is not None:
                    raise Conflict("the session id is taken")
        record = posting.record
        if record is not None and self.records.newest((record.player_id, record.key)) is not None:
            raise Conflict("there is a record for this key")

    def _check_seats(self, posting: Posting) -> None:
        """A seat may be taken that is free, or given back in the same commit."""
        left = dict(posting.left)
        for player_id, _ in posting.entered:
            held = self.seats.newest(player_id)
            if held is not None and left.get(player_id) != held:
                raise Conflict("the player is in a party")

    def _check_code(self, code: str | None, now: Instant) -> None:
        claim = self.codes.newest(code) if code is not None else None
        if claim is not None and (claim.given_up_at is None or self.is_reserved(claim, now)):
            raise Conflict("the join code is taken")

    def _write(self, posting: Posting) -> list[Settles]:
        writes: list[Settles] = []
        for party in posting.parties:
            writes += self._write_party(party)
        writes += [self.seats.put(player_id, None) for player_id, _ in posting.left]
        writes += [self.seats.put(player_id, party_id) for player_id, party_id in posting.entered]
        if posting.record is not None:
            writes.append(self.records.put((posting.record.player_id, posting.record.key), posting.record))
        return writes

    def _write_party(self, posting: PartyPosting) -> list[Settles]:
        after = posting.after
        self.serials[after.id] = posting.serial
        writes: list[Settles] = [self.parties.put(after.id, after)]
        if posting.given_up_code is not None:
            writes.append(self.codes.put(posting.given_up_code, CodeClaim(after.id, after.changed_at)))
        if posting.taken_code is not None:
            writes.append(self.codes.put(posting.taken_code, CodeClaim(after.id)))
        writes += [self.sessions.put(session.id, session.session) for session in posting.sessions]
        return writes
