"""The log, the state and the claims of all parties, wherever they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lobby.domain.events import Entry
from lobby.domain.model import Party, Session
from lobby.domain.values import Instant, PartyId, PlayerId, SessionId
from lobby.ports.attendance import Attendance
from lobby.ports.commits import Commit, IdempotencyRecord, RefreshFamily
from lobby.ports.queries import Census, Page, PartyQuery, SessionQuery


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
