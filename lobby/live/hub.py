"""Streams of parties and of inboxes: a follower registers with the tail of the log first, then reads the log, then goes live.

In this order no entry can be missed: what is committed during the read of the log reaches the tail.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass
from math import ceil
from typing import Any, TypeVar

from lobby.app.metrics import StreamMetrics
from lobby.domain.bounds import Bounds
from lobby.domain.model import Player
from lobby.domain.values import PartyId, PlayerId
from lobby.domain.viewer_access import OPERATORS
from lobby.limits.count_limiter import StreamLimiter
from lobby.live.follower import Follower
from lobby.live.frames import Announcement, Frame, InboxFrame, Removed, Snapshot
from lobby.live.inbox_stream import InboxStream, InvitesOf, no_invites
from lobby.live.log_stream import NotFollowable, StreamDeps
from lobby.live.logs import EntryT, InboxLog, Log, LogEntry, PartyLog, StateT, is_inbox_log
from lobby.live.party_stream import PartyStream
from lobby.live.presence import Presence
from lobby.live.retrying import RetryingStore
from lobby.live.tail import Tail, heartbeat_timer
from lobby.ports import Clock, Retention, Store, Unavailable

__all__ = ["POLL_S", "POLL_SHARED_S", "FollowLimits", "Hub", "NotFollowable"]

FrameT = TypeVar("FrameT")

RESYNCS_PER_S = 5_000
"""Tails that read their logs when hints may have been lost: each read is a call to the store."""
POLL_S = 5.0
"""The interval at which a tail reads its log without a hint."""
POLL_SHARED_S = 30.0
"""The same if nodes share a store: then each read is a call over the network, and the bus notices lost hints."""


RECONNECT_COST_MS = 1.5
"""CPU that the next server needs for one follower that reconnects: 0.8 to 1.35 ms were measured."""


@dataclass(frozen=True, slots=True)
class FollowLimits:
    """Times and bounds of streams."""

    heartbeat_s: float = 10.0
    """A follower gets a heartbeat after this time without a frame."""
    inbox_kept_ms: int = Retention().inbox_ms
    """As `Retention.inbox_ms`."""
    queue_max: int = 256
    """Entries that a follower may be behind. Past that it gets a snapshot in their place."""
    poll_s: float = POLL_S
    reconnect_min_ms: int = 200
    reconnect_spread_min_ms: int = 2_000
    reconnect_spread_max_ms: int = 30_000
    """During a shutdown followers reconnect after `reconnect_min_ms` and a random time. That time is spread over
    `RECONNECT_COST_MS` for each follower, within these two bounds."""


class Hub:
    """All followers of parties and of inboxes on this node."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        presence: Presence,
        bounds: Bounds,
        limits: FollowLimits,
        streams: StreamLimiter,
        invites_of: InvitesOf = no_invites,
    ) -> None:
        self._store = store
        self._retrying_store = RetryingStore(store, lambda: self._draining)
        self._clock = clock
        self._presence = presence
        self._bounds = bounds
        self._limits = limits
        self._streams = streams
        self._invites_of = invites_of
        self._deps = StreamDeps(
            self._retrying_store, clock, limits.heartbeat_s, lambda: self._draining, self._reconnect_after_ms
        )
        self.metrics = StreamMetrics()
        self._heartbeats = heartbeat_timer(limits.heartbeat_s)
        self._tails: dict[str, Tail[Any, Any]] = {}
        """One for each log that has a follower, by its id."""
        self._draining = False
        self._reconnect_spread_ms = self._spread_of(0)
        self._is_empty = asyncio.Event()
        """Set while there are no followers."""
        self._is_empty.set()

    @property
    def follower_count(self) -> int:
        return sum(tail.followers for tail in self._tails.values())

    def hint(self, log_id: str, seq: int) -> None:
        """A log may have reached `seq`. For an inbox `seq` is only a time, so that it is read in any case."""
        tail = self._tails.get(log_id)
        if tail is None:
            return
        if is_inbox_log(log_id):
            tail.resync()
        else:
            tail.hint(seq)

    def announce(self, text: str, party_id: PartyId | None) -> None:
        """Show words of the operators to the followers of a party; None: of all parties."""
        for log_id, tail in list(self._tails.items()):
            if party_id in (None, log_id) and not is_inbox_log(log_id):
                tail.announce(Announcement(tail.state, self._clock.now(), text))

    def resync(self) -> None:
        """Hints may have been lost: let every tail read its log, at a limited rate."""
        self.metrics.resyncs += 1
        loop = asyncio.get_running_loop()
        for number, tail in enumerate(self._tails.values()):
            loop.call_later(number / RESYNCS_PER_S, tail.resync)

    async def drain(self, timeout_s: float) -> None:
        """Send every follower, also new ones, a heartbeat with the time to reconnect, and end its stream.

        Return when all streams have ended, or the time is over.
        """
        self._draining = True
        self._reconnect_spread_ms = self._spread_of(self.follower_count)
        for tail in self._tails.values():
            tail.drain()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._is_empty.wait(), timeout_s)

    def follow(self, party_id: PartyId, player_id: PlayerId, after: str | None) -> Follower:
        """The party's stream after the cursor `after`, or from a snapshot if there is no entry to resume from.

        The first frame raises `NotFollowable` unless the player is a member, or resumes from a time when it was one, and
        `LimitReached` if the player has too many streams. `OPERATORS` follow every party that is not closed.
        """
        follower = Follower(player_id)
        follower.pull_from(self._until_shutdown(self._party_frames(follower, party_id, after)))
        return follower

    def follow_inbox(self, player: Player, after: str | None) -> AsyncGenerator[InboxFrame, None]:
        """The stream of an inbox after the cursor `after`, or from a snapshot if there is no entry to resume from. The
        player is connected to the inbox for as long as the stream is open.

        The first frame raises `LimitReached` if the player has too many streams.
        """
        return self._until_shutdown(self._inbox_frames(player, after))

    async def _until_shutdown(self, stream: AsyncGenerator[FrameT, None]) -> AsyncGenerator[FrameT, None]:
        """The frames of `stream`. If the server shuts down while the store is away, the stream just ends: the follower
        reconnects, and an error would look like the reason not to."""
        async with aclosing(stream):
            try:
                async for frame in stream:
                    yield frame
            except Unavailable:
                if not self._draining:
                    raise

    async def _party_frames(
        self, follower: Follower, party_id: PartyId, after: str | None
    ) -> AsyncGenerator[Frame, None]:
        player_id = follower.player_id
        with self._streams.hold(player_id):
            async with self._tail(PartyLog(self._store, self._clock, party_id)) as tail:
                stream = PartyStream(tail, player_id, self._bounds, self._deps)
                party = await self._retrying_store.party(party_id)
                if party is None:
                    raise NotFollowable
                first = await stream.find_start(party, after)
                if isinstance(first, Removed):
                    yield first
                    return
                follower.start(tail, stream.position)
                presence = self._presence.open_stream(player_id, party_id) if player_id != OPERATORS else nullcontext()
                with presence:
                    if first is not None:
                        self._count_snapshot(first)
                        yield first
                    async for frame in stream.frames():
                        self._count_snapshot(frame)
                        yield frame

    def _count_snapshot(self, frame: Frame) -> None:
        if type(frame) is Snapshot:
            self.metrics.snapshots[frame.reason.value.lower()] += 1

    async def _inbox_frames(self, player: Player, after: str | None) -> AsyncGenerator[InboxFrame, None]:
        with self._streams.hold(player.id), self._presence.open_inbox(player.id):
            async with self._tail(InboxLog(self._store, self._clock, player.id)) as tail:
                stream = InboxStream(tail, player, self._invites_of, self._limits.inbox_kept_ms, self._deps)
                first = await stream.find_start(after)
                if first is not None:
                    yield first
                async for frame in stream.frames():
                    yield frame

    def _on_offer(self, entries: Sequence[LogEntry]) -> None:
        """Measure how long the entries have taken from their decision to their followers on this node."""
        now = self._clock.now()
        for entry in entries:
            self.metrics.delivery_s.observe(max(now - entry.at, 0) / 1000)

    def _reconnect_after_ms(self) -> int:
        """With jitter, so that followers do not all reconnect at once."""
        return self._limits.reconnect_min_ms + random.randrange(self._reconnect_spread_ms)  # noqa: S311

    def _spread_of(self, follower_count: int) -> int:
        """The milliseconds over which so many followers reconnect."""
        limits = self._limits
        cost_ms = ceil(follower_count * RECONNECT_COST_MS)
        return min(max(cost_ms, limits.reconnect_spread_min_ms), limits.reconnect_spread_max_ms)

    @asynccontextmanager
    async def _tail(self, log: Log[StateT, EntryT]) -> AsyncIterator[Tail[StateT, EntryT]]:
        """The tail of a log, which counts this follower while the context lasts. Raises `NotFollowable`."""
        tail: Tail[StateT, EntryT] | None = self._tails.get(log.id)
        if tail is None:
            state = await self._retrying_store.retry(log.state)
            if state is None:
                raise NotFollowable
            limits = self._limits
            tail = self._tails.get(log.id) or Tail(
                log, state, limits.queue_max, limits.poll_s, limits.heartbeat_s, self._heartbeats, self._on_offer
            )
            self._tails[log.id] = tail
        tail.followers += 1
        self._is_empty.clear()
        try:
            yield tail
        finally:
            tail.followers -= 1
            if tail.followers == 0:
                tail.close()
                del self._tails[log.id]
            if not self._tails:
                self._is_empty.set()
