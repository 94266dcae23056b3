"""The state of all live parties and their claims, in this process; every engine keeps it the same way."""

from __future__ import annotations

from typing import Protocol

from lobby.domain.model import Party, Session
from lobby.domain.values import Instant, PartyId, PlayerId, SessionId
from lobby.ports import Change, Commit, Conflict
from lobby.stores.codes import Codes
from lobby.stores.posting import PartyPosting, Posting, posting_of
from lobby.stores.records import Records
from lobby.stores.serials import Serials
from lobby.stores.table import Table


class Settles(Protocol):
    def settle(self) -> None:
        """What was newest is durable now."""


class Ledger:
    """Checks and writes in one go, without a pause between the two, so that two commits can't both pass."""

    def __init__(self, codes: Codes, records: Records) -> None:
        self.parties: Table[PartyId, Party] = Table()
        """Live ones; a closed one until its closing is durable."""
        self.seats: Table[PlayerId, PartyId] = Table()
        self.sessions: Table[SessionId, Session] = Table()
        """Active ones."""
        self.codes = codes
        self.records = records
        self.party_serials: Serials[PartyId] = Serials()
        self.session_serials: Serials[SessionId] = Serials()

    def post(self, commit: Commit, now: Instant) -> tuple[Posting, list[Settles]]:
        """`commit` is the newest state from here on; what is returned settles it. Raises `Conflict`."""
        for change in commit.changes:
            self._check_version(change)
        posting = posting_of(commit, self.party_serials, self.session_serials)
        try:
            self._check_claims(posting, now)
        except Conflict:
            self._forget_new(posting)
            raise
        return posting, self._write(posting)

    def undo(self) -> None:
        """Everything that has not settled is gone."""
        self.party_serials.forget(self.parties.undo())
        self.session_serials.forget(self.sessions.undo())
        self.seats.undo()
        self.codes.undo()
        self.records.undo()

    def forget_ended(self, posting: PartyPosting) -> None:
        """What has ended, once that is durable, is the engine's to keep."""
        if posting.after.is_closed:
            self.parties.keep(posting.after.id, None)
            self.party_serials.forget((posting.after.id,))
        for session in posting.sessions:
            if session.session is None or session.has_ended:
                self.session_serials.forget((session.id,))

    def party_of_code(self, join_code: str, now: Instant) -> PartyId | None:
        claim = self.codes.newest(join_code)
        if claim is None or claim.given_up_at is None:
            return claim.party_id if claim is not None else None
        party = self.parties.newest(claim.party_id)
        is_closed = party is None or party.is_closed
        return claim.party_id if is_closed and self.codes.is_resting(claim, now) else None

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
            if party.taken_code is not None:
                self.codes.check_free(party.taken_code, now)
            for session in party.sessions:
                if session.is_new and self.sessions.newest(session.id) is not None:
                    raise Conflict("the session id is taken")
        record = posting.record
        if record is not None and self.records.at_hand(record.player_id, record.key) is not None:
            raise Conflict("there is a record for this key")

    def _check_seats(self, posting: Posting) -> None:
        """A seat may be taken by who has none, or gives it back in the same commit."""
        left = {player_id: party.after.id for party in posting.parties for player_id in party.left}
        for party in posting.parties:
            for player_id in party.entered:
                held = self.seats.newest(player_id)
                if held is not None and left.get(player_id) != held:
                    raise Conflict("the player is in a party")

    def _forget_new(self, posting: Posting) -> None:
        for party in posting.parties:
            if party.change.before is None:
                self.party_serials.forget((party.after.id,))
            new = [s.id for s in party.sessions if s.is_new and self.sessions.newest(s.id) is None]
            self.session_serials.forget(new)

    def _write(self, posting: Posting) -> list[Settles]:
        writes: list[Settles] = []
        for party in posting.parties:
            writes += self._write_party(party)
        writes += [self.seats.put(player_id, None) for party in posting.parties for player_id in party.left]
        for party in posting.parties:
            writes += [self.seats.put(player_id, party.after.id) for player_id in party.entered]
        if posting.record is not None:
            writes.append(self.records.put(posting.record))
        return writes

    def _write_party(self, posting: PartyPosting) -> list[Settles]:
        after = posting.after
        writes: list[Settles] = [self.parties.put(after.id, after)]
        if posting.given_up_code is not None:
            writes.append(self.codes.give_up(posting.given_up_code, after.id, after.changed_at))
        if posting.taken_code is not None:
            writes.append(self.codes.take(posting.taken_code, after.id))
        for session in posting.sessions:
            writes.append(self.sessions.put(session.id, None if session.has_ended else session.session))
        return writes
