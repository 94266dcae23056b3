"""The store: the log, the state and the claims of all parties, and the values that go in and out of it.

Two readings of a party exist. Commands are decided on the *latest* state; it may include commits that are
still on their way to the disk. Only the *durable* state may be shown: no crash takes it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from lobby.domain.blocks import BlockCheck
from lobby.domain.events import Entry
from lobby.domain.listing import PartyFilter, PartySort, SessionFilter
from lobby.domain.model import Party, Session
from lobby.domain.values import Instant, PartyId, PlayerId, SessionId
from lobby.ports.blocks import Blocks
from lobby.ports.cluster_presence import ClusterPresence
from lobby.ports.event_outbox import EventOutbox
from lobby.ports.identities import Identities
from lobby.ports.inboxes import Inboxes
from lobby.ports.moderation import Moderation
from lobby.ports.player_data import PlayerData
from lobby.ports.saved_runs import SavedRuns
from lobby.ports.searches import Searches
from lobby.struct import Struct

INVITES_LISTED_MAX = 32
"""Invites of one player that are listed, the latest ones. A player who has more pending invites is flooded with them."""
TAKE_LEASE_MS = 5_000
"""How long a party that `Store.take_due` handed out is kept from other takers."""

Item = TypeVar("Item")


class Conflict(Exception):
    """Another change was first: load the newest state and decide again. Nothing was stored."""


class Unavailable(Exception):
    """The store can't read or write now. A write was not stored, or it is unknown whether it was."""


class BadPageCursor(Exception):
    """The text is no cursor of this list."""


class Store(SavedRuns, Blocks, Inboxes, Identities, PlayerData, Protocol):
    """Keeps everything that must outlive a process. Every method may raise `Unavailable`: the store cannot answer now."""

    cluster_presence: ClusterPresence
    moderation: Moderation
    searches: Searches
    event_outbox: EventOutbox

    async def commit(self, commit: Commit) -> None:
        """Append entries to the log of each party, update the claims, write into the inboxes of the players whom the entries
        concern (see `Inboxes`), note the entries in the `event_outbox`, and keep the idempotency record: all or nothing.

        The claims are the players of each party (`Party.claimed_players`: a player is in at most one party), the join code (it
        belongs to one live party, and rests for `Retention.code_ms` after it was given up), the session id, the external key (it
        belongs to one live party, and is free as soon as that closes), and the saved run that the party continues (see
        `SavedRuns`). The call returns when everything is durable. Calls for one party return in the order of its log.

        Raises:
            Conflict: a party is no longer at `Change.before`, a claim is taken, a condition of `block_checks` does not hold, or
                a record exists for this player and key. Nothing was stored.
            Unavailable: the commit could not be made durable. In one process it is undone, and so are the commits that
                build on it. If nodes share a store it may still have happened: the party or the record shows that.
        """

    async def latest(self, party_id: PartyId) -> Party | None:
        """The latest state of a party, to decide on.

        Where nodes share a store this is the latest state that this node has seen, or the state after a commit that it has
        sent and that is not confirmed yet. If it is stale, or that commit fails, a commit that was decided on it raises
        `Conflict`, and so does `verify_latest`.
        """

    async def wait_durable(self, party_id: PartyId, seq: int) -> None:
        """Return once entry `seq` of the latest state is durable. Raises `Unavailable` if that entry was undone."""

    async def verify_latest(self, party: Party) -> None:
        """Return once a state that `latest` has returned is known to be durable, and where nodes share a store to be the newest
        one: then a decision on it holds without a commit, and it may be shown.

        Raises:
            Conflict: another node has changed the party, or the commit that was to make this state has failed. Load and decide
                again.
            Unavailable: as `wait_durable`.
        """

    async def party(self, party_id: PartyId) -> Party | None:
        """The durable state of a party, closed ones included while they are kept."""

    async def read_as_missing(self, party_id: PartyId) -> None:
        """Do the reads of `party` for an id that does not exist. For a party that must stay secret: without these reads the
        answer would take another time than for a missing party, and clients could measure that the party exists."""

    async def party_at(self, party_id: PartyId, seq: int) -> Party | None:
        """The party as it was after the durable entry `seq`. None: that entry is not kept, or not there yet."""

    async def entries(
        self, party_id: PartyId, after_seq: int, limit: int, base: Party | None = None
    ) -> Sequence[Entry]:
        """Up to `limit` durable entries in order, from `after_seq + 1` on. Empty at the head, and for an unknown party.

        `base`: the party after entry `after_seq`, as the caller has seen it. A shared store that has lost its newest entries
        may have others in their place.

        Raises:
            LogTrimmed: entry `after_seq + 1` is no longer kept, or entry `after_seq` did not lead to `base`.
        """

    def latest_entries(self, party_id: PartyId, after_seq: int, limit: int) -> Sequence[Entry] | None:
        """The same entries, if this process has them in memory. None: `entries` has to read them."""

    async def oldest_seq(self, party_id: PartyId) -> int:
        """The seq of the oldest entry that is kept. 1 for an unknown party."""

    async def party_of_player(self, player_id: PlayerId) -> PartyId | None:
        """The party that claims the player, in the latest state: as a member, on its waiting list, or with a seat that is held
        from that list."""

    async def connected_players(self) -> Sequence[PlayerId]:
        """The players of all connected members, in the latest state. A server asks once, when it starts."""

    async def hosting_players(self) -> Sequence[PlayerId]:
        """The players who host the session of their party, in the latest state. A server asks once, when it starts."""

    async def party_of_code(self, join_code: str) -> PartyId | None:
        """The live party with this join code, or the closed party that the code is still reserved for (latest state)."""

    async def party_of_external_key(self, external_key: str) -> PartyId | None:
        """The live party with this external key (latest state)."""

    async def parties_inviting(self, player_id: PlayerId) -> Sequence[PartyId]:
        """Up to `INVITES_LISTED_MAX` parties that may have a pending invite for this player, those whose invites end last.

        Each party itself says whether it has one. May raise `Unavailable`.
        """

    async def session(self, session_id: SessionId) -> Session | None:
        """A durable session: waiting, in progress, or ended and still kept. A cancelled session is gone."""

    async def find_idempotency_record(self, player_id: PlayerId, key: str) -> IdempotencyRecord | None:
        """The record of an earlier mutation, in the latest state. `wait_durable` says whether that mutation stands, and for the
        record of a block list `wait_blocks_hold`."""

    async def parties(self, query: PartyQuery) -> Page[Party]:
        """One page of the public list, in its durable state. Raises `BadPageCursor`.

        A party that stays on the list and keeps its sort key is on exactly one page, even if other parties change.
        The cost does not grow with the parties that do not match.
        """

    async def live_parties(self, before: int | None, limit: int) -> Sequence[NumberedParty]:
        """Up to `limit` live parties of every visibility with a number below `before`, the newest first; None: the newest ones.

        For operators. The state of each is durable, and may be a moment old. A party keeps its number, so pages do not overlap.
        """

    async def sessions(self, query: SessionQuery) -> Page[Session]:
        """One page of durable sessions, with the same promises as `parties`. Raises `BadPageCursor`."""

    async def take_due(self, at: Instant, limit: int) -> Sequence[PartyId]:
        """Up to `limit` parties whose next deadline has come. Each party is handed to one taker.

        The party is handed out again at its next deadline after `at`, or after `TAKE_LEASE_MS` if that is sooner and no
        commit has moved the deadline. So a taker that dies delays a deadline, and does not lose it.
        """

    async def next_due(self) -> Instant | None:
        """When `take_due` will next have a party. None: no deadline is pending."""

    async def refresh_family(self, family_id: str) -> RefreshFamily | None:
        """A family of refresh tokens, in its durable state."""

    async def save_refresh_family(self, family: RefreshFamily, generation: int | None) -> None:
        """Store `family`, durable on return, if the stored one is at `generation` (None: none is stored). Raises `Conflict`."""

    async def store_counts(self) -> StoreCounts:
        """How much the store holds. The counts may be a moment old, and the cost does not grow with them."""

    async def check(self) -> None:
        """Write something the way that commits are written, to the disk if the store has a disk.

        Raises:
            Unavailable: a commit would fail now.
        """

    async def sweep(self, at: Instant) -> bool:
        """Drop what `Retention` no longer keeps: a bounded amount in one call. True if there is more to drop now."""

    async def close(self) -> None:
        """Make all commits durable that are on their way, and release files and connections."""


class Change(Struct):
    """Entries to append to the log of one party. `before` is the party that they were decided on; None: a new party."""

    before: Party | None
    entries: tuple[Entry, ...]
    """At least one. The seq of the first is `before.version + 1`, or 1."""

    @property
    def after(self) -> Party:
        return self.entries[-1].party


class Commit(Struct):
    """What is stored together or not at all: changes of parties, and a record."""

    changes: tuple[Change, ...]
    """Of one party, of two when a player leaves one for the other, of up to eight in a match. If the parties lie in several
    partitions, the log of the last one decides."""
    record: IdempotencyRecord | None = None
    checkpoint_data: str | None = None
    """The data of the checkpoint that an entry of the changes announces; None if none does."""
    block_checks: tuple[BlockCheck, ...] = ()
    """Conditions for seats and invites: see `lobby.ports.blocks`. Each is for a player who takes a seat, or is invited."""


class IdempotencyRecord(Struct):
    """The result of a mutation that had an idempotency key. The reply is the party (and session) as of `seq`.

    A mutation that is about no party has an empty `party_id`, and `seq` 0.
    """

    player_id: PlayerId
    key: str
    fingerprint: bytes
    """A keyed digest of the mutation and its input. The same key with another input is a mistake of the client."""
    party_id: PartyId
    seq: int
    at: Instant


class RefreshFamily(Struct):
    """The refresh tokens of one sign-in. Only the token of the latest `generation` is valid; see `lobby.auth`."""

    id: str
    player_id: PlayerId
    display_name: str
    generation: int
    rotated_at: Instant
    expires_at: Instant
    revoked: bool = False
    used_generation: int | None = None
    """The generation whose token was used last. None: the generation before `generation`."""


class Retention(Struct):
    """How long things are kept."""

    entries_min: int = 1000
    """The log of a party keeps at least this many entries ..."""
    log_ms: int = 24 * 3_600_000
    """... and at least the entries of this long. A closed party and an ended session stay readable for as long."""
    log_bytes_max: int = 16_777_216
    """Beyond about so many stored bytes the oldest entries of a log go earlier. The next sweep drops them."""
    idempotency_ms: int = 24 * 3_600_000
    code_ms: int = 10 * 60_000
    """A join code that was given up (its party closed, or took another code) is not used again for this long."""
    checkpoint_ms: int = 90 * 24 * 3_600_000
    """A saved run is kept for this long after the end of its session."""
    moderation_ms: int = 365 * 24 * 3_600_000
    """An act of a moderator, and a report that was resolved, is kept for this long."""
    reports_max: int = 10_000
    """Beyond so many reports of players the oldest go, resolved or not."""
    inbox_ms: int = 7 * 24 * 3_600_000
    """An entry of an inbox is kept for this long ..."""
    inbox_entries_max: int = 256
    """... unless so many newer ones have come."""


class PartyQuery(Struct):
    """One page of the public list. `first`: at least 1. `after`: one of `Page.cursors` of the same sort."""

    wanted: PartyFilter = PartyFilter()
    sort: PartySort = PartySort.NEWEST
    first: int = 20
    after: str | None = None


class SessionQuery(Struct):
    """One page of sessions, newest first: the sessions of public parties, and those of the party `member_of`.

    `include_private`: the sessions of all parties. For operators, and for the server's own use.
    """

    wanted: SessionFilter = SessionFilter()
    member_of: PartyId | None = None
    first: int = 20
    after: str | None = None
    include_private: bool = False


class Page(Struct, Generic[Item]):
    """`cursors[i]` leads to the items after `items[i]`. `total` counts all matches, on every page."""

    items: tuple[Item, ...]
    cursors: tuple[str, ...]
    has_next: bool
    total: int


class NumberedParty(Struct):
    """A live party with its number. Numbers rise in the order in which parties were created."""

    number: int
    party: Party


class StoreCounts(Struct):
    """How much a store holds. All nodes over one store count the same."""

    parties: int
    """Live parties."""
    sessions: int
    """Active sessions."""
    saved_runs: int = 0
    """Runs with a checkpoint, running ones too."""
    file_bytes: int | None = None
    """Bytes of the files of a store that has files."""
    waiting_commits: int | None = None
    """Commits of this node that wait for the disk, in a store that has one."""
