"""A commit as the scripts read it: what it does in each partition."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from secrets import token_hex

import msgspec

from lobby.domain.bounds import Bounds
from lobby.domain.deadlines import moments
from lobby.domain.model import Party, Session
from lobby.domain.values import Instant, PartyId, PlayerId, SessionId, Visibility
from lobby.ports import Commit, IdempotencyRecord, Retention
from lobby.stores.codec import written
from lobby.stores.posting import PartyPosting, SessionPosting, posting_of
from lobby.stores.serials import Serials
from lobby.stores.valkey.entries import stored
from lobby.stores.valkey.list_row import row_of
from lobby.stores.valkey.partitions import Partitions


@dataclass(slots=True)
class SeatTaken:
    player: PlayerId
    party: PartyId
    seq: int
    old: PartyId
    """The party that gives the seat up in the same commit; empty: none does."""


@dataclass(slots=True)
class SeatLeft:
    player: PlayerId
    party: PartyId
    seq: int
    """A claim for a later entry of the same party stays: the player came back."""


@dataclass(slots=True)
class CodeTaken:
    code: str
    party: PartyId
    seq: int


@dataclass(slots=True)
class CodeLeft:
    code: str
    party: PartyId
    at: Instant
    closed: int


@dataclass(slots=True)
class SessionIdTaken:
    id: SessionId
    party: PartyId
    seq: int


@dataclass(slots=True)
class SessionIdLeft:
    id: SessionId
    party: PartyId
    expires_at: Instant
    """0: at once."""


@dataclass(slots=True)
class RecordTaken:
    name: str
    text: str
    expires_at: Instant


@dataclass(slots=True)
class SessionWritten:
    id: SessionId
    place: str
    """Visibility (1 or 0), status and game type, by which it is listed; empty: it is gone."""
    text: str
    created_at: Instant
    expires_at: Instant
    """0: it has not ended."""


@dataclass(slots=True)
class PartyChanged:
    """See lua/party.lua. What the scripts don't look into goes beside the plan: `Group.blobs`."""

    id: PartyId
    before: int
    after: int
    nonce: str
    at: Instant
    closed: bool
    moments: str
    row: str
    sessions: list[SessionWritten]
    visibility: str
    """As the first part of `SessionWritten.place`, where it changed; else empty."""
    entries_min: int
    log_ms: int
    serial: int = 0
    """0: the partition gives it one."""


@dataclass(slots=True)
class Group:
    """What a commit does in one partition."""

    id: str
    now: Instant
    claimed_at: Instant
    """By the wall clock, which nodes can compare."""
    code_ms: int
    fenced: bool = False
    """Whether others may have called the commit off, see lua/fence.lua."""
    parties: list[PartyChanged] = field(default_factory=list)
    seats: list[SeatTaken] = field(default_factory=list)
    seats_left: list[SeatLeft] = field(default_factory=list)
    codes: list[CodeTaken] = field(default_factory=list)
    codes_left: list[CodeLeft] = field(default_factory=list)
    session_ids: list[SessionIdTaken] = field(default_factory=list)
    session_ids_left: list[SessionIdLeft] = field(default_factory=list)
    record: RecordTaken | None = None

    @property
    def takes(self) -> bool:
        return bool(self.seats or self.codes or self.session_ids or self.record)

    @property
    def gives_back(self) -> bool:
        return bool(self.seats_left or self.codes_left or self.session_ids_left)

    def text(self) -> bytes:
        return msgspec.json.encode(self)


@dataclass(slots=True)
class Plan:
    """A commit with an id of its own, by which the servers know it when it is asked for again."""

    id: str
    groups: Mapping[int, Group]
    blobs: Mapping[PartyId, list[str | bytes]]
    """Of each party the new state, then of each entry itself and its snapshot."""
    homes: tuple[int, ...]
    """The partitions of the parties, in the order of the changes. The last one's log decides whether the commit stands."""


@dataclass(frozen=True, slots=True)
class Planner:
    partitions: Partitions
    bounds: Bounds
    retention: Retention

    def plan(self, commit: Commit, now: Instant, nonces: Mapping[PartyId, str]) -> Plan:
        """`nonces`: of the states that the changes were decided on. Raises `UnicodeEncodeError`."""
        id, claimed_at = token_hex(8), round(time.time() * 1000)
        groups = defaultdict[int, Group](lambda: Group(id, now, claimed_at, self.retention.code_ms))
        posting = posting_of(commit, Serials(), Serials())
        left = {player: party.after.id for party in posting.parties for player in party.left}
        homes = tuple(self.partitions.of(party.after.id) for party in posting.parties)
        for home, party in zip(homes, posting.parties, strict=True):
            groups[home].parties.append(self._changed(party, nonces.get(party.after.id, "")))
            self._seats(party, left, groups)
            self._codes(party, groups)
            self._session_ids(party, groups)
        if posting.record is not None:
            group = groups[self.partitions.of(posting.record.player_id)]
            group.record = self._record(posting.record, id, stands=len(groups) == 1, at=claimed_at)
        blobs = {party.after.id: list(_blobs(party)) for party in posting.parties}
        return Plan(id, dict(groups), blobs, homes)

    def _changed(self, party: PartyPosting, nonce: str) -> PartyChanged:
        before, after = party.change.before, party.after
        turned = before is not None and _visibility(before) != _visibility(after)
        return PartyChanged(
            id=after.id,
            before=before.version if before is not None else 0,
            after=after.version,
            nonce=nonce,
            at=after.changed_at,
            closed=after.is_closed,
            moments=",".join(map(str, sorted(set(moments(after, self.bounds))))),
            row=row_of(after),
            sessions=[self._session(after, session) for session in party.sessions],
            visibility=_visibility(after) if turned else "",
            entries_min=self.retention.entries_min,
            log_ms=self.retention.log_ms,
        )

    def _session(self, party: Party, posting: SessionPosting) -> SessionWritten:
        session = posting.session
        if session is None:
            return SessionWritten(posting.id, "", "", 0, 0)
        expires_at = session.ended_at + self.retention.log_ms if session.ended_at is not None else 0
        return SessionWritten(session.id, place_of(party, session), written(session), session.created_at, expires_at)

    def _seats(self, party: PartyPosting, left: Mapping[PlayerId, PartyId], groups: Mapping[int, Group]) -> None:
        after = party.after
        for player in sorted(party.entered):
            seat = SeatTaken(player, after.id, after.version, left.get(player, ""))
            groups[self.partitions.of(player)].seats.append(seat)
        for player in sorted(party.left):
            groups[self.partitions.of(player)].seats_left.append(SeatLeft(player, after.id, after.version))

    def _codes(self, party: PartyPosting, groups: Mapping[int, Group]) -> None:
        after, taken, given_up = party.after, party.taken_code, party.given_up_code
        if taken is not None:
            groups[self.partitions.of(taken)].codes.append(CodeTaken(taken, after.id, after.version))
        if given_up is not None:
            code = CodeLeft(given_up, after.id, after.changed_at, int(after.is_closed))
            groups[self.partitions.of(given_up)].codes_left.append(code)

    def _session_ids(self, party: PartyPosting, groups: Mapping[int, Group]) -> None:
        for posting in party.sessions:
            group = groups[self.partitions.of(posting.id)]
            if posting.is_new:
                group.session_ids.append(SessionIdTaken(posting.id, party.after.id, party.after.version))
            if posting.session is None:
                group.session_ids_left.append(SessionIdLeft(posting.id, party.after.id, 0))
            elif posting.session.ended_at is not None:
                expires_at = posting.session.ended_at + self.retention.log_ms
                group.session_ids_left.append(SessionIdLeft(posting.id, party.after.id, expires_at))

    def _record(self, record: IdempotencyRecord, id: str, stands: bool, at: Instant) -> RecordTaken:
        """`stands`: the record is written together with what it is about, so that nobody has to ask the log."""
        claim = {"c": id, "p": record.party_id, "s": record.seq, "t": at, "f": int(stands), "r": record}
        text = msgspec.json.encode(claim).decode()
        return RecordTaken(record_name(record.player_id, record.key), text, record.at + self.retention.idempotency_ms)


def record_name(player_id: PlayerId, key: str) -> str:
    """Raises `UnicodeEncodeError`: text that is no UTF-8 can't be kept."""
    length = len(player_id).to_bytes(4, "big")  # where the one ends and the other begins
    return blake2b(length + player_id.encode() + key.encode(), digest_size=16).hexdigest()


def place_of(party: Party, session: Session) -> str:
    return f"{_visibility(party)}:{session.status.value}:{session.game_type.value}"


def _visibility(party: Party) -> str:
    return "1" if party.settings.visibility is Visibility.PUBLIC else "0"


def _blobs(party: PartyPosting) -> Iterator[str | bytes]:
    yield written(party.after)
    for entry in party.change.entries:
        yield from stored(entry)
