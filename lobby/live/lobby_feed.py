"""The public list, live: what each follower has been told, held against what is so now."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass, field
from enum import Enum

from lobby.domain.listing import PartyFilter, is_listed, matches
from lobby.domain.model import Party
from lobby.domain.values import Instant, PartyId
from lobby.live.patient import PatientStore
from lobby.ports import Clock, PartyQuery, Store, Unavailable

log = logging.getLogger(__name__)

MERGE_S = 0.25
"""Changes of one party within this time are told as one."""
LISTED_FIRST_MAX = 50
BATCHES_MAX = 64
"""Batches that a follower may be behind before it is told everything anew."""


class LobbyChange(Enum):
    LISTED = "LISTED"
    UPDATED = "UPDATED"
    DELISTED = "DELISTED"


@dataclass(frozen=True, slots=True)
class LobbyNews:
    """`party` is None when DELISTED."""

    change: LobbyChange
    at: Instant
    party_id: PartyId
    party: Party | None


@dataclass(slots=True, eq=False)
class _Follower:
    wanted: PartyFilter
    told: dict[PartyId, int] = field(default_factory=dict)
    """The version of each party that the follower believes to be listed."""
    batches: asyncio.Queue[list[Party] | None] = field(default_factory=lambda: asyncio.Queue(BATCHES_MAX))
    lost_some: bool = False


class LobbyFeed:
    """All followers of the public list on this node."""

    def __init__(self, store: Store, clock: Clock, merge_s: float = MERGE_S) -> None:
        self._store = store
        self._patient = PatientStore(store, lambda: self._draining)
        self._clock = clock
        self._merge_s = merge_s
        self._followers: set[_Follower] = set()
        self._changed: set[PartyId] = set()
        self._merging: asyncio.Task[None] | None = None
        self._draining = False

    def hint(self, party_id: PartyId) -> None:
        if not self._followers:
            return
        self._changed.add(party_id)
        if self._merging is None:
            self._merging = asyncio.create_task(self._merge(), name="lobby feed")

    def resync(self) -> None:
        """Hints may have been missed: every follower is told what is so now."""
        for follower in self._followers:
            follower.lost_some = True
            _put(follower, [])

    def drain(self) -> None:
        """The server goes down: every stream ends."""
        self._draining = True
        for follower in self._followers:
            _put(follower, None)

    async def follow(self, wanted: PartyFilter) -> AsyncGenerator[LobbyNews, None]:
        """LISTED for each of the newest parties that match, then each change."""
        follower = _Follower(wanted)
        self._followers.add(follower)
        try:
            for party in await self._newest(wanted):
                for news in self._news(follower, [party]):
                    yield news
            while not self._draining:
                batch = await follower.batches.get()
                if follower.lost_some:
                    follower.lost_some = False
                    batch = await self._everything(follower)
                for news in self._news(follower, batch or ()):
                    yield news
        finally:
            self._followers.discard(follower)

    async def _newest(self, wanted: PartyFilter) -> tuple[Party, ...]:
        """Oldest of them first, so that the newest is told last, as it will be from then on."""
        page = await self._patient.parties(PartyQuery(wanted, first=LISTED_FIRST_MAX))
        return page.items[::-1]

    async def _everything(self, follower: _Follower) -> list[Party]:
        told = [await self._patient.party(party_id) for party_id in follower.told]
        return [party for party in told if party is not None] + list(await self._newest(follower.wanted))

    async def _merge(self) -> None:
        await asyncio.sleep(self._merge_s)
        changed, self._changed = self._changed, set()
        self._merging = None
        try:
            parties = [await self._store.party(party_id) for party_id in changed]
        except Unavailable:
            log.warning("the list's followers miss %d changes for now", len(changed))
            self.resync()
            return
        batch = [party for party in parties if party is not None]
        for follower in self._followers:
            _put(follower, batch)

    def _news(self, follower: _Follower, batch: Iterable[Party]) -> list[LobbyNews]:
        news = (self._told(follower, party) for party in batch)
        return [one for one in news if one is not None]

    def _told(self, follower: _Follower, party: Party) -> LobbyNews | None:
        known = follower.told.get(party.id)
        if known is not None and party.version <= known:
            return None
        if is_listed(party) and matches(party, follower.wanted):
            follower.told[party.id] = party.version
            change = LobbyChange.LISTED if known is None else LobbyChange.UPDATED
            return LobbyNews(change, self._clock.now(), party.id, party)
        if known is None:
            return None
        del follower.told[party.id]
        return LobbyNews(LobbyChange.DELISTED, self._clock.now(), party.id, None)


def _put(follower: _Follower, batch: list[Party] | None) -> None:
    """A follower that does not read gets everything anew, later, in place of what it missed."""
    if follower.batches.full():
        follower.batches.get_nowait()
        follower.lost_some = True
    follower.batches.put_nowait(batch)
