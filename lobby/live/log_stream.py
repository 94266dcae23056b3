"""The frames that one follower pulls from a log, in which order and until when.

`party_stream` and `inbox_stream` say what the frames are.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from lobby.domain.values import Instant
from lobby.live.logs import EntryT, LogState, StateT
from lobby.live.retrying import RetryingStore
from lobby.live.tail import BYTES_MAX, PAGE_ENTRIES, Tail
from lobby.ports import Clock, LogTrimmed, Unavailable

FrameT = TypeVar("FrameT")


class NotFollowable(Exception):
    """There is no log that this player may follow under this id, or no longer: the store has lost it."""


@dataclass(slots=True)
class LogPosition:
    """The position of a follower in the log: `seq` is the latest entry that it has had, and `at` is the time of that entry.

    `resets`: the resets of the tail that the follower knows. After another one `seq` may be of lost entries. `page_entries`: how
    many entries of its log to read at once.
    """

    seq: int
    at: Instant = 0
    is_live: bool = False
    resets: int = 0
    page_entries: int = PAGE_ENTRIES
    epoch: str = ""
    announcements: int = 0
    """How many announcements of the tail it has had, or came before it."""

    def move_to(self, state: LogState) -> None:
        self.seq, self.at, self.epoch = state.version, state.changed_at, state.epoch


@dataclass(frozen=True, slots=True)
class StreamDeps:
    """The services that all streams of a node share."""

    store: RetryingStore
    clock: Clock
    heartbeat_s: float
    """A follower gets a heartbeat after this time without a frame."""
    is_draining: Callable[[], bool]
    reconnect_after_ms: Callable[[], int]


class LogStream(ABC, Generic[StateT, EntryT, FrameT]):
    """The frames of one follower, from `position` on."""

    __slots__ = ("deps", "position", "tail")

    def __init__(self, tail: Tail[StateT, EntryT], deps: StreamDeps) -> None:
        self.tail = tail
        self.deps = deps
        self.position = LogPosition(0, resets=tail.resets, announcements=tail.announcements)

    @abstractmethod
    async def read_page(self) -> Sequence[EntryT]:
        """Up to `position.page_entries` entries after the position, from the store. Raises `LogTrimmed`, `Unavailable`."""

    @abstractmethod
    async def snapshot(self, state: StateT) -> FrameT | None:
        """The frame that takes the place of all entries up to `state`; None if the player has no access any more."""

    @abstractmethod
    async def frame_of(self, entry: EntryT) -> FrameT | None:
        """An entry as a frame; None if it cannot be shown any more, and a snapshot has to take its place."""

    @abstractmethod
    async def state_at_position(self) -> StateT:
        """The state as the follower knows it."""

    def last_frame_after(self, entry: EntryT) -> FrameT | None:
        """The last frame of the stream, if the player has no access after `entry`."""
        return None

    def ends_after(self, entry: EntryT) -> bool:
        """True if the stream ends with this entry, and no other frame."""
        return False

    async def last_frame_of(self, state: StateT) -> FrameT | None:
        """The last frame of a player who has no access in `state`."""
        return None

    def has_access(self, state: StateT) -> bool:
        return True

    def renew(self, announcement: FrameT, state: StateT) -> FrameT:
        """An announcement of the tail for a follower that knows `state`."""
        return announcement

    def heartbeat(self, state: StateT, reconnect_after_ms: int | None = None) -> FrameT:
        frame: FrameT = self.tail.log.heartbeat(state, reconnect_after_ms)
        return frame

    async def frames(self) -> AsyncIterator[FrameT]:
        """All frames after the position, until the player has no access any more or the server stops. Raises `NotFollowable`."""
        tail, position = self.tail, self.position
        while not self.deps.is_draining():
            if tail.is_gone:
                raise NotFollowable
            try:
                entries = await self._next_entries()
            except Unavailable:
                if self.deps.is_draining():
                    break  # the store is away: what the follower missed comes when it resumes
                raise
            skipped_to = tail.state if entries is None else None
            for entry in entries or ():
                if entry.seq <= position.seq:
                    continue  # it was pushed in the meantime: the follower may have read more of the log than the tail
                frame = await self.frame_of(entry)
                state = tail.log.state_after(entry)
                if frame is None:
                    skipped_to = tail.state if tail.head > state.version else state
                    break
                position.move_to(state)
                yield frame
                last_frame = self.last_frame_after(entry)
                if last_frame is not None:
                    yield last_frame
                    return
                if self.ends_after(entry):
                    return
            if skipped_to is not None:
                frame = await self.snapshot(skipped_to)
                if frame is None:
                    last_frame = await self.last_frame_of(skipped_to)
                    if last_frame is not None:
                        yield last_frame
                    return
                position.move_to(skipped_to)
                yield frame
            elif announcements := tail.announcements_after(position.announcements):
                position.announcements = tail.announcements
                state = await self._reached_state()
                for announcement in announcements:
                    yield self.renew(announcement, state)
            elif not entries and not await self._wait_for_entry() and tail.head <= position.seq:
                yield self.heartbeat(await self._reached_state())
        if self.has_access(tail.state):
            yield self.heartbeat(await self._newest_state(), self.deps.reconnect_after_ms())

    async def _next_entries(self) -> Sequence[EntryT] | None:
        """The entries after the position, from the tail or from the log. None: a snapshot has to take their place, because there
        are too many of them, or the follower has read entries that are lost now."""
        tail, position = self.tail, self.position
        if position.resets != tail.resets:
            position.resets = tail.resets
            return None
        reached_at = tail.time_of(position.seq)
        if reached_at is not None and reached_at != position.at:
            # The follower read the entry from the store, which has lost it before the tail came there.
            return None
        entries = tail.after(position.seq)
        if entries is not None:
            position.is_live = True
            return entries
        if position.is_live:
            return None
        try:
            page = await self.read_page()
        except LogTrimmed:
            return None
        kept = self._first_of(page)
        if len(kept) < len(page):
            position.page_entries = len(kept)
        return kept

    def _first_of(self, page: Sequence[EntryT]) -> Sequence[EntryT]:
        """The first entries of `page`, up to `BYTES_MAX` together, but at least one. A stream keeps them until its client has
        read them."""
        log, before, bytes_left = self.tail.log, None, BYTES_MAX
        for count, entry in enumerate(page):
            bytes_left -= log.bytes_of(entry, before)
            if bytes_left < 0:
                return page[: max(count, 1)]
            before = log.state_after(entry)
        return page

    async def _reached_state(self) -> StateT:
        """The state that the follower knows, even if the store is ahead: a heartbeat with a later seq means that the follower
        has missed entries. They come as soon as the tail has read them."""
        return self.tail.state if self.tail.head == self.position.seq else await self.state_at_position()

    async def _newest_state(self) -> StateT:
        """The state as it is now. If the follower has read more of the log than the tail, the store has it: the version that a
        follower sees must never go back."""
        tail = self.tail
        state = await self.deps.store.retry(tail.log.state) if tail.head < self.position.seq else None
        return state or tail.state

    async def _wait_for_entry(self) -> bool:
        """Return False if no entry comes within the heartbeat interval.

        Python 3.11's `wait_for` starts to wait one turn of the event loop later, and would miss an entry that comes then.
        """
        try:
            async with asyncio.timeout(self.deps.heartbeat_s):
                await self.tail.wait()
        except TimeoutError:
            return False
        return True
