"""What the core needs from outside. Each docstring states what must be atomic, in which order things show, and how it fails."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from lobby.domain.events import Entry
from lobby.domain.listing import PartyFilter, PartySort, SessionFilter
from lobby.domain.model import Endpoint, Party, Session
from lobby.domain.values import Instant, PartyId, PlayerId, SessionId, SessionStatus

Item = TypeVar("Item")


class Conflict(Exception):
    """Somebody else was first: load and decide again. Nothing was stored."""


class Unavailable(Exception):
    """The store can't say or can't keep anything now. What was asked is not stored, or not known to be."""


class LogTrimmed(Exception):
    """The entries asked for are no longer kept."""


class NoPlaceYet(Exception):
    """Nowhere to play now; ask again, after `retry_after_s` where that is known."""

    def __init__(self, why: str, retry_after_s: float | None = None) -> None:
        super().__init__(why)
        self.retry_after_s = retry_after_s


class NoPlace(Exception):
    """There will be nowhere to play, however often one asks."""


class BadPageCursor(Exception):
    """A list cursor that no store of this kind has written."""


@dataclass(frozen=True, slots=True)
class Change:
    """Entries to append to one party's log. `before` is the party they were decided on; None: a new party."""

    before: Party | None
    entries: tuple[Entry, ...]
    """At least one; the first one's seq is `before.version + 1`."""

    @property
    def after(self) -> Party:
        return self.entries[-1].party


@dataclass(frozen=True, slots=True)
class IdempotencyRecord:
    """What a mutation with an idempotency key led to. The answer itself is the party (and session) as of `seq`."""

    player_id: PlayerId
    key: str
    fingerprint: bytes
    """A keyed digest of the mutation and its input: the same key with another one is a mistake of the client."""
    party_id: PartyId
    seq: int
    at: Instant


@dataclass(frozen=True, slots=True)
class Commit:
    """All or nothing: up to two parties (leaving one for another) and the record of the mutation."""

    changes: tuple[Change, ...]
    record: IdempotencyRecord | None = None


@dataclass(frozen=True, slots=True)
class RefreshFamily:
    """The refresh tokens that stem from one sign-in. Only the newest `generation` is good; see `lobby.auth`."""

    id: str
    player_id: PlayerId
    display_name: str
    generation: int
    rotated_at: Instant
    expires_at: Instant
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class PartyQuery:
    """One page of the public list. `first`: at least 1. `after`: a cursor of `Page.cursors`, of the same sort."""

    wanted: PartyFilter = field(default_factory=PartyFilter)
    sort: PartySort = PartySort.NEWEST
    first: int = 20
    after: str | None = None


@dataclass(frozen=True, slots=True)
class SessionQuery:
    """One page of sessions, newest first: those of public parties, and those of the party `member_of` besides.

    `private_too`: all, whoever's they are. For operators, and the server's own use.
    """

    wanted: SessionFilter = field(default_factory=SessionFilter)
    member_of: PartyId | None = None
    first: int = 20
    after: str | None = None
    private_too: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """`cursors[i]` leads to what comes after `items[i]`; `total` counts all that match, on every page."""

    items: tuple[Item, ...]
    cursors: tuple[str, ...]
    has_next: bool
    total: int


@dataclass(frozen=True, slots=True)
class Retention:
    """How long things are kept."""

    entries_min: int = 1000
    """A party's log keeps at least this many entries ..."""
    log_ms: int = 24 * 3_600_000
    """... and at least those of this long; a closed party and an ended session stay readable as long."""
    idempotency_ms: int = 24 * 3_600_000
    code_ms: int = 10 * 60_000
    """A code given up (its party closed, or took another) is not handed out again for this long."""


@dataclass(frozen=True, slots=True)
class Census:
    """How much a store holds; all nodes over one store find the same."""

    parties: int
    """Live ones."""
    sessions: int
    """Active ones."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a session is to be played. `endpoint` None: somebody will report it."""

    endpoint: Endpoint | None = None
    name: str | None = None
    """What is kept with the session while it runs; None: nothing was taken, and nothing is to be given back."""


@dataclass(frozen=True, slots=True)
class EndedRun:
    """A session that needs its place no more. `status` None: it was called off before it began."""

    session_id: SessionId
    party_id: PartyId
    status: SessionStatus | None = None
    outcome: str | None = None


class Allocator(Protocol):
    """Finds the place where a session is played, by whatever means the operator has."""

    hears_of_ends: bool
    """Whether `release` is to be called at all."""

    def place(self, party: Party) -> AbstractAsyncContextManager[Place]:
        """A place for the session that `party` is starting, held while the context lasts: within it the session begins.

        Asked again for the same session it gives the same place, or one in place of it, never a second one besides: a
        process may have died between the asking and the beginning, and several nodes may ask at once. What the caller
        makes durable within the context counts as taken; what it does not, as free again, at the latest on `release`.
        It may be cancelled at any await.

        Raises, on entering:
            NoPlaceYet: ask again.
            NoPlace: don't.
            Unavailable: the store could not say what is taken.
        """

    async def release(self, run: EndedRun) -> None:
        """The run is over, or will never be. Final for this session id; told at least once, and perhaps for a session
        for which nothing was ever taken. Raises `NoPlaceYet` when it is to be told again."""

    async def close(self) -> None:
        """Let go of what is open. Nothing that was taken is given back."""


class Clock(Protocol):
    def now(self) -> Instant:
        """The server's time; never goes back within one process."""


class Signals(Protocol):
    async def publish(self, party_id: PartyId, seq: int) -> None:
        """Hint that the log of a party has reached `seq`. Never raises: a lost hint costs latency, nothing else."""


@dataclass(frozen=True, slots=True)
class Hold:
    """What is known of a player's being there."""

    parties: frozenset[PartyId] = frozenset()
    """Those that a stream of the player's is open on."""
    seen_at: Instant | None = None
    """The player's latest request that counts."""


@dataclass(frozen=True, slots=True)
class Roll:
    """What a node hears when it says that it is there."""

    up_since: Instant
    """Since when at least one node has been there, without a break."""
    is_news: bool
    """The others had given this node up, or never heard of it: what it told them of its players is gone."""
    orphans: Sequence[PlayerId] = ()
    """Players of nodes that are gone. This node answers for them now."""


class Attendance(Protocol):
    """What the nodes that share a store tell each other about who is there. Every method may raise `Unavailable`.

    A node that has not called the roll for the length of its lease is gone, and so is what it told.
    """

    roll_every_s: float | None
    """How often to call `roll` again; None: there is but this node."""

    async def roll(self) -> Roll:
        """This node is there."""

    async def tell(self, player_id: PlayerId, hold: Hold | None, last_stream_ended: bool = False) -> None:
        """What this node knows of the player, in place of what it told last; None: nothing.

        `last_stream_ended`: on this node, just now. Earlier requests of the player's, to whichever node, count no more.
        """

    async def elsewhere(self, player_id: PlayerId) -> Hold:
        """What all other nodes know of the player, taken together."""

    async def leave(self) -> None:
        """This node stops. Its players are left to others as they are."""


class Store(Protocol):
    """The log, the state and the claims of all parties.

    Two readings. The *newest* state is what commands are decided on; it may rest on commits that are still on their way to
    the disk. The *durable* state is what may be shown: no crash takes it back. Every method may raise `Unavailable`.
    """

    attendance: Attendance
    recalls_at_once: bool
    """Whether `recall` is answered from the process. Where it is not, a commit's `Conflict` tells soon enough that there is a
    record, and most commits have none in their way."""

    async def commit(self, commit: Commit) -> None:
        """Append to every log, take and give back the claims that follow from it, keep the record: all or nothing.

        The claims are each member's seat (a player is in at most one party), the join code (of one live party, and none of
        those given up lately) and the session id. Returns when everything is durable; the order of the answers for one
        party is the order of its log.

        Raises:
            Conflict: a party is no longer at `before.version`, a claim is taken, or there is a record for this player
                and key. Nothing has happened.
            Unavailable: it could not be made durable, nor could what rested on it: all of that is undone.
        """

    async def newest(self, party_id: PartyId) -> Party | None:
        """The newest state, to decide on. Where nodes share a store it is the newest that this one knows of: a commit on it, or
        `confirmed`, tells."""

    async def settled(self, party_id: PartyId, seq: int) -> None:
        """Returns once entry `seq` of the newest state is durable; `Unavailable` if that entry was undone."""

    async def confirmed(self, party_id: PartyId, version: int) -> None:
        """Returns once the party at `version`, as `newest` gave it, is durable: what was decided on it holds without a commit.

        Raises:
            Conflict: other nodes have changed it since. Load and decide again.
            Unavailable: as `settled`.
        """

    async def party(self, party_id: PartyId) -> Party | None:
        """The durable state."""

    async def party_at(self, party_id: PartyId, seq: int) -> Party | None:
        """The party as of the durable entry `seq`; None where that is not kept."""

    async def entries(self, party_id: PartyId, after_seq: int, limit: int) -> Sequence[Entry]:
        """Up to `limit` durable entries in order, from `after_seq + 1` on; empty at the head or for an unknown party.

        Raises:
            LogTrimmed: entry `after_seq + 1` is no longer kept.
        """

    async def oldest_seq(self, party_id: PartyId) -> int:
        """The seq of the oldest entry kept; 1 for an unknown party."""

    async def seat_of(self, player_id: PlayerId) -> PartyId | None:
        """The party that the player is in, in the newest state."""

    async def connected(self) -> Sequence[PlayerId]:
        """The players of all connected members, in the newest state. Asked once, when a server starts."""

    async def party_of_code(self, join_code: str) -> PartyId | None:
        """The live party with this code, or the closed one that it is still reserved for, in the newest state."""

    async def session(self, session_id: SessionId) -> Session | None:
        """A durable session: waiting, running, or ended and still kept. A cancelled one is gone."""

    async def recall(self, player_id: PlayerId, key: str) -> IdempotencyRecord | None:
        """The record of an earlier mutation, in the newest state: `settled` tells whether it stands."""

    async def parties(self, query: PartyQuery) -> Page[Party]:
        """A page of the public list in its durable state. Raises `BadPageCursor`.

        Stable: a party that stays on the list and keeps its sort key is on exactly one page, whatever the others do. The cost
        does not grow with the parties that don't match.
        """

    async def sessions(self, query: SessionQuery) -> Page[Session]:
        """A page of durable sessions, under the same promises."""

    async def take_due(self, at: Instant, limit: int) -> Sequence[PartyId]:
        """Up to `limit` parties whose `next_deadline` has come, each handed to one taker.

        A taken party comes again at its next deadline later than `at`, or after `TAKEN_MS` if that is sooner and no commit
        has moved it: so a taker that dies costs a delay, not the deadline.
        """

    async def next_due(self) -> Instant | None:
        """When `take_due` will next have something; None: nothing is pending."""

    async def family(self, family_id: str) -> RefreshFamily | None:
        """A refresh family, in its durable state."""

    async def save_family(self, family: RefreshFamily, generation: int | None) -> None:
        """Keep `family`, durable on return, if the one kept is at `generation` (None: there is none). Raises `Conflict`."""

    async def census(self) -> Census:
        """May be a moment old. The cost does not grow with what there is."""

    async def check(self) -> None:
        """Returns once the store has kept something by the way that commits go, to the disk where it has one. Raises
        `Unavailable` where a commit would fail now."""

    async def sweep(self, at: Instant) -> None:
        """Drop what is no longer kept by the rules of `Retention`, a bounded amount a call."""

    async def close(self) -> None:
        """Make everything durable that is on its way, and let go of the engine."""


TAKEN_MS = 5_000
