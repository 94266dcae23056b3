"""The plans of a commit for the scripts: one for each partition in which the commit does something.

The names of fields in JSON are fixed: plans are stored in intents, and nodes of other versions may finish them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from lobby.domain.values import Instant, PartyId, PlayerId, SessionId
from lobby.stores.valkey.inboxes import InboxKeep, InboxWrite
from lobby.stores.write_set import ClaimKind


@dataclass(slots=True)
class CommitPlan:
    """A commit with an id, by which the servers recognize it when a call is repeated."""

    id: str
    partitions: Mapping[int, PartitionPlan]
    blobs: Mapping[PartyId, list[bytes]]
    """By party: its new state, then each entry followed by its snapshot. The scripts don't decode these."""
    party_ids: tuple[PartyId, ...]
    """In the order of the changes. The log of the last one decides whether the commit stands."""
    homes: tuple[int, ...]
    """The partitions of these parties."""

    @property
    def partitions_to_prepare(self) -> set[int]:
        """The partitions with parties that get an intent first, see `multi_party_commit`."""
        return {home for home in self.homes if home != self.homes[-1]}


class PartitionPlan(msgspec.Struct, rename={"names": "continuations", "names_left": "continuations_left"}):
    """The part of a commit in one partition. The fields `..._left` are claims that are given up."""

    id: str
    now: Instant
    claimed_at: Instant
    """When the commit began, by the clock of the servers: they refuse it when it comes too late."""
    code_ms: int
    fenced: bool = False
    """True if other nodes may have called the commit off, see lua/fence.lua."""
    parties: list[PartyUpdate] = msgspec.field(default_factory=list)
    seats: list[SeatClaim] = msgspec.field(default_factory=list)
    seats_left: list[SeatRelease] = msgspec.field(default_factory=list)
    codes: list[JoinCodeClaim] = msgspec.field(default_factory=list)
    codes_left: list[JoinCodeRelease] = msgspec.field(default_factory=list)
    session_ids: list[SessionIdClaim] = msgspec.field(default_factory=list)
    session_ids_left: list[SessionIdRelease] = msgspec.field(default_factory=list)
    names: list[NameClaim] = msgspec.field(default_factory=list)
    names_left: list[NameClaim] = msgspec.field(default_factory=list)
    run_hints: list[RunHint] = msgspec.field(default_factory=list)
    """Written with the claims. They stay if the commit does not stand."""
    invite_hints: list[InviteHint] = msgspec.field(default_factory=list)
    """As `run_hints`."""
    invite_hints_left: list[InviteHint] = msgspec.field(default_factory=list)
    block_checks: list[SeatCondition] = msgspec.field(default_factory=list)
    record: RecordClaim | None = None
    posts: list[InboxWrite] = msgspec.field(default_factory=list)
    """Of the whole commit. Only the partition that decides has them."""
    inbox: InboxKeep | None = None
    """Set if and only if there are posts."""

    def party(self, party_id: PartyId) -> PartyUpdate:
        return next(update for update in self.parties if update.id == party_id)

    @property
    def takes_claims(self) -> bool:
        claims = self.seats or self.codes or self.session_ids or self.names or self.record
        return bool(claims or self.run_hints or self.invite_hints)

    @property
    def gives_back_claims(self) -> bool:
        claims = self.seats_left or self.codes_left or self.session_ids_left or self.names_left
        return bool(claims or self.invite_hints_left)

    def to_json(self) -> bytes:
        return msgspec.json.encode(self)


class PartyUpdate(msgspec.Struct, rename={"commit_id": "nonce"}):
    """The change of one party, see lua/party.lua. Its state and entries are in `CommitPlan.blobs`."""

    id: PartyId
    before: int
    """The version that the change was decided on; 0: a new party."""
    after: int
    commit_id: str
    """The commit that made the state that the change was decided on; empty: a new party."""
    at: Instant
    closed: bool
    moments: str
    """When somebody must look at the party: rising times, separated by commas."""
    row: str
    """On the public list; empty: not listed."""
    sessions: list[SessionRow]
    visibility: str
    """1 or 0, if it has changed; else empty."""
    entries_min: int
    log_ms: int
    log_bytes_max: int
    search: str = ""
    """In the index of searches; empty: the party does not search."""
    serial: int = 0
    """0: the partition assigns one."""
    runs: list[RunRow] = msgspec.field(default_factory=list)
    sends_events: bool = False
    """The entries wait for the webhook."""

    @property
    def first_moment(self) -> Instant | None:
        """None: nobody has to look at the party."""
        return int(self.moments.partition(",")[0]) if self.moments else None


class SessionRow(msgspec.Struct, rename={"list_key": "place", "json": "text"}):
    """A session as it is stored and listed."""

    id: SessionId
    list_key: str
    """See `session_list_key`; empty: the session is gone."""
    json: str
    created_at: Instant
    expires_at: Instant
    """0: it has not ended."""


class RunRow(msgspec.Struct, rename={"json": "text"}):
    """A saved run as it is stored, in the partition of its party."""

    id: SessionId
    json: str
    data: str | None
    """None: the checkpoint stays as it is."""
    expires_at: Instant
    """0: its session runs."""


class RunHint(msgspec.Struct):
    """A run that may be on the list of a player, see lua/common.lua."""

    player: PlayerId
    run: str
    """Session and party, separated by a space."""
    at: Instant
    keep_ms: int
    """How long the hints of a player are kept after the latest one."""


class InviteHint(msgspec.Struct):
    """A party that may have a pending invite for a player, see lua/common.lua."""

    player: PlayerId
    party: PartyId
    until: Instant
    """When the invite ends."""


class NameClaim(msgspec.Struct):
    """A name that a party takes or gives up, see `NamedClaim`."""

    id: str
    party: PartyId
    seq: int
    kind: ClaimKind


class SeatClaim(msgspec.Struct):
    player: PlayerId
    party: PartyId
    seq: int
    old: PartyId
    """The party that gives up the seat in the same commit, or `party` itself if the player has a place there already; empty:
    none."""


class SeatCondition(msgspec.Struct):
    """As `BlockCheck`, for a seat that is claimed in the same partition, or for an invite whose hint is written there."""

    player: PlayerId
    blockers: tuple[PlayerId, ...]
    blocked: tuple[PlayerId, ...]


class SeatRelease(msgspec.Struct):
    player: PlayerId
    party: PartyId
    seq: int
    """A claim for a later entry of the same party stays, because the player has come back."""


class JoinCodeClaim(msgspec.Struct):
    code: str
    party: PartyId
    seq: int


class JoinCodeRelease(msgspec.Struct):
    code: str
    party: PartyId
    at: Instant
    closed: int
    seq: int
    """A claim for a later entry of the same party stays."""


class SessionIdClaim(msgspec.Struct):
    id: SessionId
    party: PartyId
    seq: int


class SessionIdRelease(msgspec.Struct):
    id: SessionId
    party: PartyId
    expires_at: Instant
    """0: at once."""


class RecordClaim(msgspec.Struct):
    name: str
    text: str
    expires_at: Instant
