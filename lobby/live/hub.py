"""Followers of parties: register first, read the log second, then live; so no gap can be."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from lobby.domain.bounds import Bounds
from lobby.domain.cursor import Cursor
from lobby.domain.events import Entry, MemberLeft, PartyClosed
from lobby.domain.model import Departure, Party
from lobby.domain.values import LeaveReason, PartyId, PlayerId
from lobby.live.following import Following, Place
from lobby.live.frames import Frame, Heartbeat, Removed, Snapshot, SnapshotReason
from lobby.live.patient import PatientStore
from lobby.live.player_streams import PlayerStreams
from lobby.live.presence import Presence
from lobby.live.tail import PAGE_ENTRIES, Tail
from lobby.ports import Clock, LogTrimmed, Store

RESYNCED_PER_S = 5_000
"""Tails that look at their logs when hints were missed: each asks the store."""


POLL_S = 5.0
"""How often a tail looks at its log without a hint."""
POLL_SHARED_S = 30.0
"""The same where nodes share a store: each look is a call there, and the bus tells when hints were missed."""


class NotFollowable(Exception):
    """There is no such party for this player."""


@dataclass(frozen=True, slots=True)
class FollowLimits:
    """`queue_max`: entries a follower may be behind before it is skipped to the present."""

    heartbeat_s: float = 10.0
    queue_max: int = 256
    poll_s: float = POLL_S
    reconnect_min_ms: int = 200
    reconnect_spread_ms: int = 2_000


class Hub:
    """All followers on this node, by party."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        presence: Presence,
        bounds: Bounds,
        limits: FollowLimits,
        streams: PlayerStreams | None = None,
    ) -> None:
        self._store = store
        self._patient = PatientStore(store, lambda: self._draining)
        self._clock = clock
        self._presence = presence
        self._bounds = bounds
        self._limits = limits
        self._streams = streams or PlayerStreams()
        self._tails: dict[PartyId, Tail] = {}
        self._draining = False
        self._deserted = asyncio.Event()
        """Set while nobody follows anything."""
        self._deserted.set()

    @property
    def follower_count(self) -> int:
        return sum(tail.followers for tail in self._tails.values())

    def hint(self, party_id: PartyId, seq: int) -> None:
        tail = self._tails.get(party_id)
        if tail is not None:
            tail.hint(seq)

    def resync(self) -> None:
        """Hints may have been missed: every tail looks at its log, one after the other, so that they don't all at once."""
        loop = asyncio.get_running_loop()
        for number, tail in enumerate(self._tails.values()):
            loop.call_later(number / RESYNCED_PER_S, tail.resync)

    async def drain(self, within_s: float) -> None:
        """Every follower, and every one to come, is told when to come back; then its stream ends. Returns when all have."""
        self._draining = True
        for tail in self._tails.values():
            tail.drain()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._deserted.wait(), within_s)

    def follow(self, party_id: PartyId, player_id: PlayerId, after: str | None) -> Following:
        """The party's stream from the cursor `after` on; a snapshot first where there is nothing to resume from.

        Its first frame raises `NotFollowable` where the player is not a member, nor resumes from when it was one, and
        `TooManyStreams` where the player follows as many as anybody may.
        """
        following = Following(player_id)
        following.pull_from(self._pulled(following, party_id, after))
        return following

    async def _pulled(self, following: Following, party_id: PartyId, after: str | None) -> AsyncGenerator[Frame, None]:
        player_id = following.player_id
        with self._streams.one_more(player_id):
            async with self._tail(party_id) as tail:
                party = await self._patient.party(party_id)
                if party is None:
                    raise NotFollowable
                opening = await self._opening(tail, party, player_id, after)
                if isinstance(opening, Removed):
                    yield opening
                    return
                place = Place(opening if isinstance(opening, int) else opening.party.version)
                following.started(tail, place)
                with self._presence.stream(player_id, party_id):
                    if isinstance(opening, Snapshot):
                        yield opening
                    async for frame in self._frames(tail, place, player_id):
                        yield frame

    async def _opening(
        self, tail: Tail, party: Party, player_id: PlayerId, after: str | None
    ) -> Snapshot | Removed | int:
        """The seq to resume from, or the frame to begin with."""
        cursor = Cursor.read(after) if after is not None else None
        seen = await self._party_at(party, cursor) if cursor is not None else None
        if cursor is not None and seen is not None and _follows_from(seen, party, player_id):
            return cursor.seq
        if party.member(player_id) is not None:
            reason = SnapshotReason.SUBSCRIBED if after is None else SnapshotReason.CURSOR_EXPIRED
            return tail.snapshot(party, reason)
        farewell = await self._farewell(party, player_id) if seen is not None else None
        if farewell is None:
            raise NotFollowable
        return farewell

    async def _farewell(self, party: Party, player_id: PlayerId) -> Removed | None:
        """The last frame for a former member; None for who never was one, or too long ago."""
        departure = party.departure(player_id)
        left = await self._patient.party_at(party.id, departure.seq) if departure is not None else None
        return self._removed(left, departure) if left is not None and departure is not None else None

    async def _party_at(self, party: Party, cursor: Cursor) -> Party | None:
        """The party as of a cursor of its log; None for one that is foreign, beyond the head, or too old."""
        if cursor.epoch != party.epoch or not 1 <= cursor.seq <= party.version:
            return None
        return party if cursor.seq == party.version else await self._patient.party_at(party.id, cursor.seq)

    async def _frames(self, tail: Tail, place: Place, player_id: PlayerId) -> AsyncIterator[Frame]:
        while not self._draining:
            entries = await self._next(tail, place)
            if isinstance(entries, Snapshot):
                if entries.party.member(player_id) is None:
                    farewell = await self._farewell(entries.party, player_id)
                    if farewell is not None:
                        yield farewell
                    return
                place.seq = entries.party.version
                yield entries
                continue
            for entry in entries:
                if entry.seq <= place.seq:
                    continue  # pushed meanwhile: the log may be read further than the tail has come
                place.seq = entry.seq
                yield entry
                gone = _gone(entry, player_id)
                if gone is not None:
                    yield self._removed(entry.party, gone)
                    return
            if not entries and not await self._moved(tail) and tail.head <= place.seq:
                yield Heartbeat(await self._present(tail, place), self._clock.now())
        if tail.party.member(player_id) is not None:
            present = await self._present(tail, place)
            yield Heartbeat(present, self._clock.now(), self._reconnect_after_ms())

    async def _present(self, tail: Tail, place: Place) -> Party:
        """The party as it stands. A follower may have read the log further than the tail has come: its `seq` never falls."""
        party = await self._patient.party(tail.party.id) if tail.head < place.seq else None
        return party or tail.party

    async def _next(self, tail: Tail, place: Place) -> Sequence[Entry] | Snapshot:
        """What the follower has not had: from the live end, from the log, or in place of too much of it the present."""
        entries = tail.after(place.seq)
        if entries is not None:
            place.is_live = True
            return entries
        if place.is_live:
            return tail.snapshot(tail.party, SnapshotReason.FELL_BEHIND)
        try:
            return await self._patient.entries(tail.party.id, place.seq, PAGE_ENTRIES)
        except LogTrimmed:
            return tail.snapshot(tail.party, SnapshotReason.FELL_BEHIND)

    async def _moved(self, tail: Tail) -> bool:
        """False: nothing came for as long as a follower is left without a frame.

        Python 3.11's `wait_for` begins to wait a turn of the loop later, and would sleep through what comes in between.
        """
        try:
            async with asyncio.timeout(self._limits.heartbeat_s):
                await tail.moved()
        except TimeoutError:
            return False
        return True

    def _removed(self, left: Party, departure: Departure) -> Removed:
        kicked = departure.reason is LeaveReason.KICKED
        retry_at = departure.at + self._bounds.kick_cooldown_ms if kicked else None
        return Removed(left, self._clock.now(), departure.player_id, departure.reason, retry_at)

    def _reconnect_after_ms(self) -> int:
        """Spread out, so that everyone does not come back at once."""
        spread_ms = max(self._limits.reconnect_spread_ms, self.follower_count)
        return self._limits.reconnect_min_ms + random.randrange(spread_ms)  # noqa: S311

    @asynccontextmanager
    async def _tail(self, party_id: PartyId) -> AsyncIterator[Tail]:
        """The party's tail, with one more follower on it."""
        tail = self._tails.get(party_id)
        if tail is None:
            party = await self._patient.party(party_id)
            if party is None:
                raise NotFollowable
            tail = self._tails.get(party_id) or Tail(
                party,
                self._store,
                self._clock,
                self._limits.queue_max,
                self._limits.poll_s,
                self._limits.heartbeat_s,
            )
            self._tails[party_id] = tail
        tail.followers += 1
        self._deserted.clear()
        try:
            yield tail
        finally:
            tail.followers -= 1
            if tail.followers == 0:
                tail.close()
                del self._tails[party_id]
            if not self._tails:
                self._deserted.set()


def _follows_from(seen: Party, party: Party, player_id: PlayerId) -> bool:
    """Whether what followed `seen` is for the player: a member of it, or one who saw the party through to its end."""
    if seen.member(player_id) is not None:
        return True
    has_left = seen.departure(player_id) is not None
    return has_left and player_id in party.last_member_ids and seen.version < party.version


def _gone(entry: Entry, player_id: PlayerId) -> Departure | None:
    """How the player left, once this entry is the last one for it: one's own MemberLeft, or the PartyClosed that it led to."""
    party, event = entry.party, entry.event
    if isinstance(event, PartyClosed):
        return party.departure(player_id)
    if not isinstance(event, MemberLeft) or event.player.id != player_id:
        return None
    closes = event.reason is LeaveReason.PARTY_CLOSED or not party.members
    return None if closes else party.departure(player_id)
