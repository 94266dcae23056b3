"""Derives from a commit everything that a store has to write: log entries, claims taken and given up, sessions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from enum import StrEnum
from typing import Any, Generic, TypeVar

from lobby.domain.blocks import BlockList
from lobby.domain.events import (
    CheckpointSaved,
    MemberJoined,
    MemberLeft,
    PartyClosed,
    PartyCreated,
    ReservationsChanged,
    WaitingChanged,
)
from lobby.domain.identities import Identity
from lobby.domain.inbox import InboxPost, inbox_posts
from lobby.domain.model import Invite, Party, Session
from lobby.domain.saved_runs import SavedRun, saved_run_of
from lobby.domain.values import Instant, PartyId, PlayerId, SearchId, SessionId
from lobby.ports import Change, Commit, IdempotencyRecord, RefreshFamily
from lobby.struct import Struct

Id = TypeVar("Id")

_MEMBERSHIP_EVENTS = (PartyCreated, MemberJoined, MemberLeft, ReservationsChanged, WaitingChanged, PartyClosed)
"""The events by which players come and go. No other event changes `Party.claimed_players`."""
_NOBODY: Set[PlayerId] = frozenset()
_NO_NAMES: Set[NamedClaim] = frozenset()


class ClaimKind(StrEnum):
    """The kinds of names that one live party at a time may have. The values are in the keys of Valkey."""

    CONTINUATION = "cont"
    """The id is the session of the saved run that the party continues."""
    EXTERNAL_KEY = "ext"


class NamedClaim(Struct):
    """A name that belongs to one live party at a time. It is free again as soon as the party gives it up or closes."""

    kind: ClaimKind
    id: str


class SessionWrite(Struct):
    """A session as it is after the commit. `session` None: it was cancelled, and is gone."""

    serial: int
    id: SessionId
    session: Session | None
    is_new: bool

    @property
    def has_ended(self) -> bool:
        return self.session is not None and self.session.ended_at is not None


class RunWrite(Struct):
    """A saved run as it is after the commit. `data` None: its checkpoint stays."""

    run: SavedRun
    data: str | None
    is_new: bool


class PartyWrite(Struct):
    """The writes of a commit to one party. `serial` is the key of its log and of its row on the public list."""

    serial: int
    change: Change
    after: Party
    keeps_claims: bool = False
    """True for most commits: they leave seats, sessions, invites, the join code and other names as they are, and the party stays
    open. Then all fields that follow are empty."""
    sessions: tuple[SessionWrite, ...] = ()
    taken_code: str | None = None
    given_up_code: str | None = None
    joined: Set[PlayerId] = _NOBODY
    left: Set[PlayerId] = _NOBODY
    seated: Set[PlayerId] = _NOBODY
    """Players who had a place in the party, on its waiting list or with a held seat, and are members now. Their claim is taken
    again, because the conditions of `Commit.block_checks` are checked with it."""
    taken_names: Set[NamedClaim] = _NO_NAMES
    given_up_names: Set[NamedClaim] = _NO_NAMES
    invited: tuple[Invite, ...] = ()
    """Invites that are pending from now on."""
    uninvited: tuple[Invite, ...] = ()
    """Invites that are pending no longer."""


class WaitsWrite(Struct):
    """How long searches of one kind took, in seconds, and the searches whose waits are kept no longer."""

    kind: str
    ended_at: Instant
    added_s: tuple[tuple[SearchId, int], ...]
    dropped: tuple[SearchId, ...]


class WriteSet(Struct):
    """What is written together or not at all: one commit, one refresh family, one block list, one identity, waits of searches, or
    posts that are part of no commit. An empty one waits for others."""

    parties: tuple[PartyWrite, ...] = ()
    record: IdempotencyRecord | None = None
    family: RefreshFamily | None = None
    runs: tuple[RunWrite, ...] = ()
    block_list: BlockList | None = None
    posts: tuple[InboxPost, ...] = ()
    identity: Identity | None = None
    waits: WaitsWrite | None = None


class SerialSequence(Generic[Id]):
    """Numbers things in the order of their creation.

    Serials are the keys of logs and lists, and stay the same after a restart. None is given twice; some may be left out.
    """

    def __init__(self) -> None:
        self._by_id: dict[Id, int] = {}
        self._ids: dict[int, Id] = {}
        self._next = 1

    def assign(self, id: Id) -> int:
        """The serial of `id`. An unknown id gets the next one."""
        serial = self._by_id.get(id)
        if serial is None:
            serial = self._next
            self.keep(id, serial)
        return serial

    def id_of(self, serial: int) -> Id | None:
        return self._ids.get(serial)

    def knows(self, id: Id) -> bool:
        return id in self._by_id

    def keep(self, id: Id, serial: int) -> None:
        self._by_id[id] = serial
        self._ids[serial] = id
        self.skip(serial)

    def restore(self, serials: Mapping[Id, int]) -> None:
        """As `keep` for each. `skip` the greatest of them, too."""
        self._by_id.update(serials)
        self._ids.update({serial: id for id, serial in serials.items()})

    def skip(self, serial: int) -> None:
        """Assign no serial up to this one."""
        self._next = max(self._next, serial + 1)

    def forget(self, ids: Iterable[Id]) -> None:
        for id in ids:
            serial = self._by_id.pop(id, None)
            if serial is not None:
                del self._ids[serial]


def create_write_set(commit: Commit, parties: SerialSequence[PartyId], sessions: SerialSequence[SessionId]) -> WriteSet:
    """The writes of a commit. New parties and sessions get their serials from `parties` and `sessions`."""
    writes = tuple([_party_write(change, parties, sessions) for change in commit.changes])
    assert len(writes) < 2 or writes[0].after.id != writes[1].after.id, "one change a party"
    runs = [run for write in writes if write.sessions for run in _run_writes(write, commit.checkpoint_data)]
    return WriteSet(writes, commit.record, runs=tuple(runs), posts=inbox_posts(commit.changes))


def _party_write(change: Change, parties: SerialSequence[PartyId], sessions: SerialSequence[SessionId]) -> PartyWrite:
    _check_log(change)
    after = change.after
    serial = parties.assign(after.id)
    if _keeps_claims(change):
        return PartyWrite(serial, change, after, keeps_claims=True)
    old, new = _held_code(change.before), _held_code(after)
    joined, left = _membership_changes(change)
    old_names, new_names = named_claims(change.before), named_claims(after)
    return PartyWrite(
        serial=serial,
        change=change,
        after=after,
        sessions=tuple(_session_writes(change, sessions)),
        taken_code=new if new != old else None,
        given_up_code=old if old != new else None,
        joined=joined,
        left=left,
        seated=_seated(change, joined),
        taken_names=new_names - old_names,
        given_up_names=old_names - new_names,
        **_invite_changes(change),
    )


def _keeps_claims(change: Change) -> bool:
    """As `PartyWrite.keeps_claims`."""
    before = change.before
    if before is None:
        return False
    for entry in change.entries:
        party = entry.party
        if (
            isinstance(entry.event, _MEMBERSHIP_EVENTS)
            or party.session is not before.session
            or party.invites is not before.invites
            or party.state is not before.state
            or party.join_code != before.join_code
            or party.continues is not before.continues
            or party.external_key != before.external_key
        ):
            return False
    return True


def _invite_changes(change: Change) -> dict[str, Any]:
    before = change.before.invites if change.before is not None else ()
    if before is change.after.invites:
        return {}
    old = {invite.id: invite for invite in before if invite.is_pending}
    new = {invite.id: invite for invite in change.after.pending_invites}
    return {
        "invited": tuple(invite for id, invite in new.items() if id not in old),
        "uninvited": tuple(invite for id, invite in old.items() if id not in new),
    }


def _run_writes(write: PartyWrite, data: str | None) -> Iterator[RunWrite]:
    """The runs that are saved now, or end now and were saved before."""
    saved = {
        entry.event.checkpoint.session_id for entry in write.change.entries if isinstance(entry.event, CheckpointSaved)
    }
    assert not saved or data is not None, "a checkpoint has data"
    before = write.change.before.session if write.change.before else None
    for session in write.sessions:
        run = saved_run_of(write.after, session.session) if session.session is not None else None
        if run is not None and (session.id in saved or session.has_ended):
            is_new = before is None or before.id != session.id or not before.has_saved
            yield RunWrite(run, data if session.id in saved else None, is_new)


def named_claims(party: Party | None) -> Set[NamedClaim]:
    """The names that the party has: the saved run that it was opened for and has not continued yet, and its external key."""
    if party is None or party.is_closed or (party.continues is None and party.external_key is None):
        return _NO_NAMES
    claims = set()
    if party.continues is not None:
        claims.add(NamedClaim(ClaimKind.CONTINUATION, party.continues.checkpoint.session_id))
    if party.external_key is not None:
        claims.add(NamedClaim(ClaimKind.EXTERNAL_KEY, party.external_key))
    return claims


def _check_log(change: Change) -> None:
    seq = change.before.version if change.before else 0
    for entry in change.entries:
        seq += 1
        assert entry.seq == seq == entry.party.version, "a log has no holes"


def _held_code(party: Party | None) -> str | None:
    return None if party is None or party.is_closed else party.join_code


def _membership_changes(change: Change) -> tuple[Set[PlayerId], Set[PlayerId]]:
    """The players whose place the party has become, and those whose place it is no longer."""
    if not any(isinstance(entry.event, _MEMBERSHIP_EVENTS) for entry in change.entries):
        return _NOBODY, _NOBODY
    before, after = _claimed(change.before), _claimed(change.after)
    return after - before, before - after


def _seated(change: Change, joined: Set[PlayerId]) -> Set[PlayerId]:
    new = {entry.event.player.id for entry in change.entries if isinstance(entry.event, MemberJoined)}
    return {player_id for player_id in new - joined if change.after.claims(player_id)} if new else _NOBODY


def _claimed(party: Party | None) -> set[PlayerId]:
    return set() if party is None or party.is_closed else party.claimed_players


def _session_writes(change: Change, serials: SerialSequence[SessionId]) -> Iterator[SessionWrite]:
    """Every session that changed. One that began and was cancelled within the change leaves nothing to write."""
    before = change.before.session if change.before else None
    known_id = before.id if before else None
    for session_id, session in _changed_sessions(change, before).items():
        is_new = session_id != known_id
        if session is not None or not is_new:
            yield SessionWrite(serials.assign(session_id), session_id, session, is_new)


def _changed_sessions(change: Change, current: Session | None) -> dict[SessionId, Session | None]:
    """By id, as they are after the change. None: cancelled. `current`: the session before the change."""
    changed: dict[SessionId, Session | None] = {}
    for entry in change.entries:
        following, last = entry.party.session, entry.party.last_session
        if current is not None and (following is None or following.id != current.id):
            changed[current.id] = last if last is not None and last.id == current.id else None
        if following is not None and following is not current:
            changed[following.id] = following
        current = following
    return changed
