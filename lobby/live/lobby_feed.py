"""The public list as a stream: what each follower has received, compared with the state of the list now.

Changes are merged for `MERGE_S`. Then each changed party is compared once with each filter that it may concern, and its followers
get what is new to them: pushed to those that keep up, put in the queue of the others.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterable
from contextlib import ExitStack

from lobby.domain.listing import PartyFilter, is_listed, matches
from lobby.domain.model import Party
from lobby.domain.values import PartyId, PlayerId
from lobby.limits.count_limiter import StreamLimiter
from lobby.live.list_audiences import Audience, Audiences
from lobby.live.list_changes import (
    Batch,
    ChangedParty,
    ListingChange,
    LobbyChange,
    Offer,
    PartyVersion,
    is_outdated,
)
from lobby.live.retrying import RetryingStore
from lobby.ports import Channel, Clock, PartyQuery, Store, Unavailable
from lobby.runtime.log_context import no_request
from lobby.runtime.lru_cache import LRUCache
from lobby.runtime.repeated_warning import RepeatedWarning
from lobby.runtime.turns import Turns

__all__ = ["ListFollower", "ListingChange", "LobbyChange", "LobbyFeed"]

_delayed = RepeatedWarning(logging.getLogger(__name__))

MERGE_S = 0.25
"""Changes of one party within this time are sent as one."""
LISTED_FIRST_MAX = 50
"""Parties that a follower gets at the beginning."""
SHARED_MS = 1_000
"""Followers that begin within this time get the same changes, as long as the parties are the same."""
FILTERS_SHARED_MAX = 64
"""Filters whose first changes are kept for the next follower: those that were used last."""
PARTIES_AT_ONCE = 256
"""Parties that are read or compared before other tasks go on: a fraction of a millisecond."""
BATCHES_MAX = 64
"""Batches that a follower may be behind. Past that it gets the whole list in their place."""

_Pushed = Channel[tuple[ListingChange, ...]]


class LobbyFeed:
    """All followers of the public list on this node."""

    def __init__(
        self, store: Store, clock: Clock, turns: Turns, streams: StreamLimiter, merge_s: float = MERGE_S
    ) -> None:
        self.store = RetryingStore(store, lambda: self.is_draining)
        self.clock = clock
        self.turns = turns
        self.streams = streams
        self.is_draining = False
        self.audiences: Audiences[ListFollower] = Audiences()
        self._plain_store = store
        self._merge_s = merge_s
        self._followers: set[ListFollower] = set()
        self._changed: set[PartyId] = set()
        self._sending: asyncio.Task[None] | None = None
        self._latest: Batch | None = None
        """The batch that is being sent."""
        self._first_offers: LRUCache[PartyFilter, Offer] = LRUCache(FILTERS_SHARED_MAX)
        """What the follower got that began last, by filters."""

    def follow(self, player_id: PlayerId, wanted: PartyFilter) -> ListFollower:
        """LISTED for each of the newest parties that match, then every change.

        The first change raises `LimitReached` if the player has too many streams.
        """
        return ListFollower(self, player_id, wanted)

    def hint(self, party_id: PartyId) -> None:
        """The party may have changed."""
        if not self._followers:
            return
        self._changed.add(party_id)
        if self._sending is None:
            self._sending = asyncio.create_task(self._send_changes(), name="lobby feed", context=no_request())

    def resync(self) -> None:
        """Hints may have been lost: compare the whole list for every follower."""
        for follower in self._followers:
            follower.compare_all()

    def drain(self) -> None:
        """The server stops: end every stream."""
        self.is_draining = True
        for follower in self._followers:
            follower.put(())

    def add(self, follower: ListFollower) -> None:
        self._followers.add(follower)
        if self._latest is not None:
            follower.put(self._latest)

    def remove(self, follower: ListFollower) -> None:
        self._followers.discard(follower)

    async def newest(self, wanted: PartyFilter) -> Batch:
        """The oldest of them first, so that the newest is sent last, as later ones will be."""
        page = await self.store.parties(PartyQuery(wanted, first=LISTED_FIRST_MAX))
        return [(party.id, party) for party in page.items[::-1]]

    def first_offer(self, wanted: PartyFilter, batch: Batch) -> Offer:
        """`batch` for a follower that has just begun. After a restart many begin at once, and those with one filter share it."""
        now, kept = self.clock.now(), self._first_offers.get(wanted)
        if kept is not None and now - kept.at <= SHARED_MS and kept.is_of(batch):
            return kept
        offer = Offer(now)
        for party_id, party in batch:
            is_match = party is not None and is_listed(party) and matches(party, wanted)
            offer.add(ChangedParty(party_id, party, now), is_match)
        self._first_offers.put(wanted, offer)
        return offer

    async def read(self, store: Store | RetryingStore, party_ids: Iterable[PartyId]) -> Batch:
        """The other tasks go on in between: a store in memory never waits by itself."""
        found: list[tuple[PartyId, Party | None]] = []
        for number, party_id in enumerate(party_ids):
            found.append((party_id, await store.party(party_id)))
            if number % PARTIES_AT_ONCE == PARTIES_AT_ONCE - 1:
                await self.turns.wait()
        return found

    async def _send_changes(self) -> None:
        try:
            while self._changed and self._followers and not self.is_draining:
                await asyncio.sleep(self._merge_s)
                changed, self._changed = self._changed, set()
                try:
                    batch = await self.read(self._plain_store, changed)
                except Unavailable as error:
                    _delayed.log("%d changes of the list delayed, store unavailable: %s", len(changed), error)
                    self.resync()
                    continue
                await self._send(batch)
        finally:
            self._sending = None

    async def _send(self, batch: Batch) -> None:
        """Give the changed parties to all followers: all of them to those that are behind, since it is not known what they
        will have received when they come to it, and to each of the others what concerns it."""
        waiting: dict[Audience[ListFollower], list[ListFollower]] = {}
        for follower in self._followers:
            if follower.is_waiting and follower.audience is not None:
                waiting.setdefault(follower.audience, []).append(follower)
            else:
                follower.put(batch)
        self._latest = batch
        try:
            for audience, offer in (await self._offers(batch)).items():
                for follower in waiting.get(audience, ()):
                    if not self.turns.may_go_on():
                        await self.turns.wait()
                    follower.offer(offer)
        finally:
            self._latest = None

    async def _offers(self, batch: Batch) -> dict[Audience[ListFollower], Offer]:
        """The changes in `batch`, for each audience that they concern."""
        now, offers = self.clock.now(), dict[Audience[ListFollower], Offer]()
        for party_id, party in batch:
            changed = ChangedParty(party_id, party, now)
            is_shown = party is not None and is_listed(party)
            for number, audience in enumerate(self.audiences.concerned(party_id, party if is_shown else None)):
                if number % PARTIES_AT_ONCE == PARTIES_AT_ONCE - 1:
                    await self.turns.wait()
                matches_now = party is not None and is_shown and matches(party, audience.wanted)
                if matches_now:
                    self.audiences.note(audience, party_id)
                elif party_id in audience.known:
                    self.audiences.forget(audience, party_id)
                else:
                    continue
                offers.setdefault(audience, Offer(now)).add(changed, matches_now)
            if not self.turns.may_go_on():
                await self.turns.wait()
        return offers


class ListFollower:
    """A follower of the public list: an async iterator of changes. The code that opened it has to close it.

    To pull each change is complete by itself. Pushing is for speed, as in `Follower`.
    """

    __slots__ = (
        "_batches",
        "_channel",
        "_detached",
        "_feed",
        "_hold",
        "_needs_all",
        "_pending",
        "_sent",
        "audience",
        "is_waiting",
        "player_id",
        "wanted",
    )

    def __init__(self, feed: LobbyFeed, player_id: PlayerId, wanted: PartyFilter) -> None:
        self.player_id = player_id
        self.wanted = wanted
        self.audience: Audience[ListFollower] | None = None
        """None before the first change and after the end."""
        self.is_waiting = False
        """True while it has compared all that it was given. Then its audience knows all parties that it has received."""
        self._feed = feed
        self._hold = ExitStack()
        self._sent: dict[PartyId, PartyVersion] = {}
        """The version of each party that was sent as listed."""
        self._pending: deque[tuple[PartyId, Party | None]] = deque()
        """Parties that are not yet compared."""
        self._batches: asyncio.Queue[Batch] = asyncio.Queue(BATCHES_MAX)
        self._needs_all = False
        """True if batches were dropped, so that it needs the whole list again."""
        self._channel: _Pushed | None = None
        self._detached: asyncio.Future[None] | None = None
        """Done when the follower has to pull again; None while it pulls."""

    def __aiter__(self) -> ListFollower:
        return self

    async def __anext__(self) -> ListingChange:
        if self.audience is None:
            await self._open()
        compared = 0
        while True:
            while self._pending:
                change = await self._compare(*self._pending.popleft())
                if change is not None:
                    return change
                compared += 1
                if compared % PARTIES_AT_ONCE == 0:
                    await self._feed.turns.wait()
            if self._feed.is_draining:
                raise StopAsyncIteration
            self._pending.extend(await self._next_batch())

    async def aclose(self) -> None:
        self._feed.remove(self)
        if self.audience is not None:
            self._feed.audiences.remove(self, self.audience)
            self.audience = None
        self._hold.close()

    @property
    def first_count(self) -> int:
        """How many parties `push_to` pushes at once: those that would be pulled next, if they are not too many for one piece."""
        return len(self._pending) if len(self._pending) <= LISTED_FIRST_MAX else 0

    async def push_to(self, channel: _Pushed) -> None:
        """Send all changes to `channel` until it takes them no more; returns when the next change has to be pulled.

        To be called between two pulled changes.
        """
        if self.audience is None or self._feed.is_draining:
            return
        if not self._push_pending(self.audience, channel) or self._has_batches():
            return
        self._channel = channel
        self._detached = asyncio.get_running_loop().create_future()
        self.is_waiting = True
        try:
            await self._detached
        finally:
            self._detach()

    def offer(self, offer: Offer) -> None:
        """Push what is new for this follower, or let it pull that."""
        if self._channel is None or not self._push(offer, self._channel):
            self.put(offer.batch())

    def put(self, batch: Batch) -> None:
        """Queue a batch. A slow follower loses the oldest batch, and gets the whole list later in its place."""
        self._detach()
        if self._batches.full():
            self._batches.get_nowait()
            self._needs_all = True
        self._batches.put_nowait(batch)

    def compare_all(self) -> None:
        """Get the whole list again."""
        self._needs_all = True
        self.put(())

    async def _open(self) -> None:
        self._hold.enter_context(self._feed.streams.hold(self.player_id))
        self.audience = self._feed.audiences.add(self, self.wanted)
        self._feed.add(self)
        self._pending.extend(await self._feed.newest(self.wanted))

    async def _next_batch(self) -> Batch:
        self.is_waiting = not self._has_batches()
        try:
            batch = await self._batches.get()
        finally:
            self.is_waiting = False
        if not self._needs_all:
            return batch
        self._needs_all = False
        await self._feed.turns.wait()  # all followers may need it at the same time
        known = await self._feed.read(self._feed.store, tuple(self._sent))
        return [*known, *await self._feed.newest(self.wanted)]

    def _has_batches(self) -> bool:
        return self._needs_all or not self._batches.empty()

    async def _compare(self, party_id: PartyId, party: Party | None) -> ListingChange | None:
        """The change that the follower has to receive because of this party; None without a change."""
        sent = self._sent.get(party_id)
        if is_outdated(party, sent):
            party = await self._feed.store.party(party_id)
        changed = ChangedParty(party_id, party, self._feed.clock.now())
        is_shown = party is not None and is_listed(party) and matches(party, self.wanted)
        kind = changed.change_for(sent, is_shown)
        if kind is LobbyChange.DELISTED:
            del self._sent[party_id]
        elif kind is not None and changed.version is not None:
            self._sent[party_id] = changed.version
        if party_id in self._sent and self.audience is not None:
            self._feed.audiences.note(self.audience, party_id)
        return changed.change(kind) if kind is not None else None

    def _push_pending(self, audience: Audience[ListFollower], channel: _Pushed) -> bool:
        """Push what would be pulled next. False: not all of it could be pushed."""
        if not self._pending or not self.first_count:
            return not self._pending
        batch = tuple(dict(self._pending).items())  # a follower that needed the whole list may have a party twice
        is_done = self._push(self._feed.first_offer(self.wanted, batch), channel)
        for party_id, _ in batch:
            if party_id in self._sent and party_id not in audience.known:
                self._feed.audiences.note(audience, party_id)
        if is_done:
            self._pending.clear()
        return is_done  # a change that was pushed already is not pulled again: the follower has that version

    def _push(self, offer: Offer, channel: _Pushed) -> bool:
        """False: not all of it could be pushed."""
        updates = offer.updates_for(self._sent)
        if updates is None:
            return False
        for update in updates:
            if not channel.try_send(update.changes):
                return False
            update.apply_to(self._sent)
        return True

    def _detach(self) -> None:
        """Go back to pulling."""
        if self._detached is None:
            return
        if not self._detached.done():
            self._detached.set_result(None)
        self._channel = self._detached = None
