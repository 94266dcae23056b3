"""What one commit means to the tables: the claims it takes and gives back, and the sessions it touches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from lobby.domain.model import Party, Session
from lobby.domain.values import PartyId, PlayerId, SessionId
from lobby.ports import Change, Commit, IdempotencyRecord, RefreshFamily


@dataclass(frozen=True, slots=True)
class SessionPosting:
    """A session as it is after the commit; `session` None: it was cancelled, and is gone."""

    id: SessionId
    session: Session | None
    is_new: bool

    @property
    def has_ended(self) -> bool:
        return self.session is not None and self.session.ended_at is not None


@dataclass(frozen=True, slots=True)
class PartyPosting:
    """One party's part. `serial`: its number in the order of creation, which keys its log and the public list."""

    serial: int
    change: Change
    sessions: tuple[SessionPosting, ...]
    taken_code: str | None
    given_up_code: str | None

    @property
    def after(self) -> Party:
        return self.change.after


@dataclass(frozen=True, slots=True)
class Posting:
    """All that one commit, or the keeping of one refresh family, asks of the tables and of the engine."""

    parties: tuple[PartyPosting, ...] = ()
    left: tuple[tuple[PlayerId, PartyId], ...] = ()
    entered: tuple[tuple[PlayerId, PartyId], ...] = ()
    record: IdempotencyRecord | None = None
    family: RefreshFamily | None = None


def posting_of(commit: Commit, serial_of: Callable[[Change], int]) -> Posting:
    """`serial_of` names the number of a change's party, a fresh one for a new party."""
    _check_shape(commit.changes)
    return Posting(
        parties=tuple(_party_posting(change, serial_of(change)) for change in commit.changes),
        left=tuple(_seats(commit.changes, gained=False)),
        entered=tuple(_seats(commit.changes, gained=True)),
        record=commit.record,
    )


def _check_shape(changes: tuple[Change, ...]) -> None:
    assert len({change.after.id for change in changes}) == len(changes), "one change a party"
    for change in changes:
        seq = change.before.version if change.before else 0
        for entry in change.entries:
            seq += 1
            assert entry.seq == seq == entry.party.version, "a log has no holes"


def _party_posting(change: Change, serial: int) -> PartyPosting:
    old, new = _code(change.before), _code(change.after)
    return PartyPosting(
        serial=serial,
        change=change,
        sessions=tuple(_sessions(change)),
        taken_code=new if new != old else None,
        given_up_code=old if old != new else None,
    )


def _code(party: Party | None) -> str | None:
    return None if party is None or party.is_closed else party.join_code


def _members(party: Party | None) -> set[PlayerId]:
    return set() if party is None or party.is_closed else {member.player.id for member in party.members}


def _seats(changes: Iterable[Change], gained: bool) -> Iterator[tuple[PlayerId, PartyId]]:
    for change in changes:
        before, after = _members(change.before), _members(change.after)
        for player_id in after - before if gained else before - after:
            yield player_id, change.after.id


def _sessions(change: Change) -> Iterator[SessionPosting]:
    """Every session that was there before, is there after, or came and ended in between."""
    known = change.before.session if change.before else None
    held: dict[SessionId, Session | None] = {}
    current = known
    for entry in change.entries:
        following = entry.party.session
        if current is not None and (following is None or following.id != current.id):
            last = entry.party.last_session
            held[current.id] = last if last is not None and last.id == current.id else None
        if following is not None and following is not current:
            held[following.id] = following
        current = following
    for session_id, session in held.items():
        is_new = known is None or known.id != session_id
        if session is not None or not is_new:
            yield SessionPosting(session_id, session, is_new)
