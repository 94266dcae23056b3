"""The public list as a stream: what each follower has received, compared with the state of the list now."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass, field
from enum import Enum

from lobby.domain.listing import PartyFilter, is_listed, matches
from lobby.domain.model import Party
from lobby.domain.values import Instant, PartyId
from lobby.live.retrying import RetryingStore
from lobby.ports import Clock, PartyQuery, Store, Unavailable
from lobby.runtime.log_context import no_request
from lobby.runtime.repeated_warning import RepeatedWarning
from lobby.runtime.turns import Turns

_delayed = RepeatedWarning(logging.getLogger(__name__))

MERGE_S = 0.25
"""Changes of one party within this time are sent as one."""
LISTED_FIRST_MAX = 50
"""Parties that a follower gets at the beginning."""
PARTIES_AT_ONCE = 256
"""Parties that are read or compared before other tasks go on: a fraction of a millisecond."""
BATCHES_MAX = 64
"""Batches that a follower may be behind. Past that it gets the whole list in their place."""


class LobbyChange(Enum):
    LISTED = "LISTED"
    UPDATED = "UPDATED"
    DELISTED = "DELISTED"


@dataclass(frozen=True, slots=True)
class ListingChange:
    """A change of the list. `party`: the party now; None if it was DELISTED."""

    change: LobbyChange
    at: Instant
    party_id: PartyId
    party: Party | None


_Batch = list[tuple[PartyId, Party | None]]
"""Parties that may have changed. None: the store has no such party, because it has lost it."""
_State = tuple[int, Instant]
"""Version of a party and the time of its last change. A store that has lost commits may have others of the same versions."""


@dataclass(slots=True, eq=False)
class _Follower:
    wanted: PartyFilter
    sent: dict[PartyId, _State] = field(default_factory=dict)
    """The state of each party that was sent as listed."""
    batches: asyncio.Queue[_Batch | None] = field(default_factory=lambda: asyncio.Queue(BATCHES_MAX))
    """Changed parties; None wakes the follower when the server stops."""
    needs_all: bool = False
    """True if batches were dropped, so that the follower needs the whole list again."""


class LobbyFeed:
    """All followers of the public list on this node."""

    def __init__(self, store: Store, clock: Clock, turns: Turns, merge_s: float = MERGE_S) -> None:
        self._store = store
        self._retrying_store = RetryingStore(store, lambda: self._draining)
        self._clock = clock
        self._merge_s = merge_s
        self._followers: set[_Follower] = set()
        self._changed: set[PartyId] = set()
        self._merging: asyncio.Task[None] | None = None
        self._turns = turns
        self._draining = False

    def hint(self, party_id: PartyId) -> None:
        """The party may have changed."""
        if not self._followers:
            return
        self._changed.add(party_id)
        if self._merging is None:
            self._merging = asyncio.create_task(self._send_changes(), name="lobby feed", context=no_request())

    def resync(self) -> None:
        """Hints may have been lost: compare the whole list for every follower."""
        for follower in self._followers:
            follower.needs_all = True
            _put(follower, [])

    def drain(self) -> None:
        """The server stops: end every stream."""
        self._draining = True
        for follower in self._followers:
            _put(follower, None)

    async def follow(self, wanted: PartyFilter) -> AsyncGenerator[ListingChange, None]:
        """LISTED for each of the newest parties that match, then every change."""
        follower = _Follower(wanted)
        self._followers.add(follower)
        try:
            for party_id, party in await self._newest(wanted):
                change = self._change(follower, party_id, party)
                if change is not None:
                    yield change
            while not self._draining:
                batch = await follower.batches.get()
                if follower.needs_all:
                    follower.needs_all = False
                    batch = await self._whole_list(follower)
                for number, (party_id, read) in enumerate(batch or ()):
                    party = await self._verify(follower, party_id, read)
                    change = self._change(follower, party_id, party)
                    if change is not None:
                        yield change
                    elif number % PARTIES_AT_ONCE == PARTIES_AT_ONCE - 1:
                        await self._turns.wait()
        finally:
            self._followers.discard(follower)

    async def _newest(self, wanted: PartyFilter) -> _Batch:
        """The oldest of them first, so that the newest is sent last, as later ones will be."""
        page = await self._retrying_store.parties(PartyQuery(wanted, first=LISTED_FIRST_MAX))
        return [(party.id, party) for party in page.items[::-1]]

    async def _whole_list(self, follower: _Follower) -> _Batch:
        """The parties that the follower knows, and the newest ones."""
        await self._turns.wait()  # all followers may need it at the same time
        known = await self._read(self._retrying_store, tuple(follower.sent))
        return known + await self._newest(follower.wanted)

    async def _send_changes(self) -> None:
        await asyncio.sleep(self._merge_s)
        changed, self._changed = self._changed, set()
        self._merging = None
        try:
            batch = await self._read(self._store, changed)
        except Unavailable as error:
            _delayed.log("%d changes of the list delayed, store unavailable: %s", len(changed), error)
            self.resync()
            return
        for follower in self._followers:
            _put(follower, batch)

    async def _read(self, store: Store | RetryingStore, party_ids: Iterable[PartyId]) -> _Batch:
        """The other tasks go on in between: a store in memory never waits by itself."""
        found: _Batch = []
        for number, party_id in enumerate(party_ids):
            found.append((party_id, await store.party(party_id)))
            if number % PARTIES_AT_ONCE == PARTIES_AT_ONCE - 1:
                await self._turns.wait()
        return found

    async def _verify(self, follower: _Follower, party_id: PartyId, read: Party | None) -> Party | None:
        """The party as it is now, if the follower has had a later state than `read`.

        Either `read` was read before the later state was written, or the store has lost the later state. Only another read shows
        which of the two.
        """
        sent = follower.sent.get(party_id)
        if sent is None or (read is not None and (read.version > sent[0] or _state(read) == sent)):
            return read
        return await self._retrying_store.party(party_id)

    def _change(self, follower: _Follower, party_id: PartyId, party: Party | None) -> ListingChange | None:
        """The change that the follower has to receive because of this party; None without a change."""
        sent = follower.sent.get(party_id)
        if party is not None and _state(party) == sent:
            return None
        if party is not None and is_listed(party) and matches(party, follower.wanted):
            follower.sent[party_id] = _state(party)
            change = LobbyChange.LISTED if sent is None else LobbyChange.UPDATED
            return ListingChange(change, self._clock.now(), party_id, party)
        if sent is None:
            return None
        del follower.sent[party_id]
        return ListingChange(LobbyChange.DELISTED, self._clock.now(), party_id, None)


def _state(party: Party) -> _State:
    return party.version, party.changed_at


def _put(follower: _Follower, batch: _Batch | None) -> None:
    """Queue a batch. A slow follower loses the oldest batch, and gets the whole list later in its place."""
    if follower.batches.full():
        follower.batches.get_nowait()
        follower.needs_all = True
    follower.batches.put_nowait(batch)
