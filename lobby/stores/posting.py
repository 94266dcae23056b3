"""What one commit means to the tables: the claims it takes and gives back, and the sessions it touches."""

from __future__ import annotations

from collections.abc import Iterator, Set

from lobby.domain.events import MemberJoined, MemberLeft, PartyClosed, PartyCreated
from lobby.domain.model import Party, Session
from lobby.domain.values import PartyId, PlayerId, SessionId
from lobby.ports import Change, Commit, IdempotencyRecord, RefreshFamily
from lobby.stores.serials import Serials
from lobby.value import Value

_SEATING = (PartyCreated, MemberJoined, MemberLeft, PartyClosed)
"""The events by which players come and go; no other changes who has a seat."""
_NOBODY: Set[PlayerId] = frozenset()


class SessionPosting(Value):
    """A session as it is after the commit; `session` None: it was cancelled, and is gone."""

    serial: int
    id: SessionId
    session: Session | None
    is_new: bool

    @property
    def has_ended(self) -> bool:
        return self.session is not None and self.session.ended_at is not None


class PartyPosting(Value):
    """One party's part. `serial` keys its log and its place on the public list."""

    serial: int
    change: Change
    sessions: tuple[SessionPosting, ...]
    taken_code: str | None
    given_up_code: str | None
    entered: Set[PlayerId]
    left: Set[PlayerId]

    @property
    def after(self) -> Party:
        return self.change.after


class Posting(Value):
    """All that one commit, or the keeping of one refresh family, asks of the tables and of the engine."""

    parties: tuple[PartyPosting, ...] = ()
    record: IdempotencyRecord | None = None
    family: RefreshFamily | None = None


def posting_of(commit: Commit, parties: Serials[PartyId], sessions: Serials[SessionId]) -> Posting:
    assert len({change.after.id for change in commit.changes}) == len(commit.changes), "one change a party"
    return Posting(tuple(_party(change, parties, sessions) for change in commit.changes), commit.record)


def _party(change: Change, parties: Serials[PartyId], sessions: Serials[SessionId]) -> PartyPosting:
    _check_log(change)
    old, new = _code(change.before), _code(change.after)
    entered, left = _moves(change)
    return PartyPosting(
        serial=parties.of(change.after.id),
        change=change,
        sessions=tuple(_sessions(change, sessions)),
        taken_code=new if new != old else None,
        given_up_code=old if old != new else None,
        entered=entered,
        left=left,
    )


def _check_log(change: Change) -> None:
    seq = change.before.version if change.before else 0
    for entry in change.entries:
        seq += 1
        assert entry.seq == seq == entry.party.version, "a log has no holes"


def _code(party: Party | None) -> str | None:
    return None if party is None or party.is_closed else party.join_code


def _moves(change: Change) -> tuple[Set[PlayerId], Set[PlayerId]]:
    """Who took a seat, and who gave one back."""
    if not any(isinstance(entry.event, _SEATING) for entry in change.entries):
        return _NOBODY, _NOBODY
    were, are = _members(change.before), _members(change.after)
    return are - were, were - are


def _members(party: Party | None) -> set[PlayerId]:
    return set() if party is None or party.is_closed else {member.player.id for member in party.members}


def _sessions(change: Change, serials: Serials[SessionId]) -> Iterator[SessionPosting]:
    """Every session that changed, also one that both came and went in between."""
    before = change.before.session if change.before else None
    known_id = before.id if before else None
    for session_id, session in _touched(change, before).items():
        is_new = session_id != known_id
        if session is not None or not is_new:
            yield SessionPosting(serials.of(session_id), session_id, session, is_new)


def _touched(change: Change, current: Session | None) -> dict[SessionId, Session | None]:
    touched: dict[SessionId, Session | None] = {}
    for entry in change.entries:
        following, last = entry.party.session, entry.party.last_session
        if current is not None and (following is None or following.id != current.id):
            touched[current.id] = last if last is not None and last.id == current.id else None
        if following is not None and following is not current:
            touched[following.id] = following
        current = following
    return touched
