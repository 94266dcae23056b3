"""The live end of one log, read once for all of its followers on this node."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, Protocol

from lobby.domain.values import Instant
from lobby.live.logs import EntryT, Log, StateT
from lobby.ports import LogTrimmed, Unavailable
from lobby.runtime.log_context import no_request
from lobby.runtime.repeated_warning import RepeatedWarning
from lobby.runtime.slot_timer import SlotTimer

log = logging.getLogger(__name__)
_unavailable = RepeatedWarning(log)

PAGE_ENTRIES = 256
BYTES_MAX = 1_048_576
"""The estimated size of the entries of one tail: about 1,000 without attributes, 30 with all of them new."""
ANNOUNCEMENTS_KEPT = 16
"""A follower that is further behind misses announcements."""
HEARTBEAT_SLACK_S = 0.05
"""Attached followers whose heartbeat is due this soon get it together with those whose heartbeat is due now."""


HEARTBEAT_SLOTS = 20
"""A heartbeat comes up to a twentieth of its interval late: tails that are due in the same slot share a timer."""
HEARTBEATS_PER_TURN = 4
"""Logs whose heartbeats are made in one turn of the event loop. Each takes up to 0.5 ms."""


def heartbeat_timer(heartbeat_s: float) -> SlotTimer[Tail[Any, Any]]:
    """The timer that all tails of a node share."""
    return SlotTimer(heartbeat_s / HEARTBEAT_SLOTS, lambda tail, now: tail.send_heartbeats(now), HEARTBEATS_PER_TURN)


class AttachedFollower(Protocol):
    """A follower that takes new frames at once, without a task that waits for them."""

    last_frame_at: float
    """When its latest frame came, by the event loop's clock, in seconds."""

    def offer(self, frame: Any, at: float) -> None:
        """Take a frame that came at the time `at`, or detach."""

    def detach(self) -> None:
        """Go back to pulling; calls `Tail.detach`."""


class Tail(Generic[StateT, EntryT]):
    """The latest entries of one log. A follower has no queue of its own, only its position in this one.

    `kept_max` entries are kept, and `BYTES_MAX` of them: a follower further behind than that has fallen behind.
    """

    __slots__ = (
        *(
            "_announcements",
            "_attached",
            "_bytes",
            "_entries",
            "_has_entries",
            "_has_heartbeat",
            "_has_hint",
            "_heartbeat_s",
            "_heartbeats",
            "_is_reading",
        ),
        *(
            "_kept_max",
            "_loop",
            "_on_offer",
            "_poll_s",
            "_poll_timer",
            "_reader",
            "_sizes",
            "_waiting",
            "announcements",
            "followers",
            "is_draining",
            "is_gone",
        ),
        *("log", "resets", "state"),
    )

    def __init__(
        self,
        log: Log[StateT, EntryT],
        state: StateT,
        kept_max: int,
        poll_s: float,
        heartbeat_s: float,
        heartbeats: SlotTimer[Tail[Any, Any]],
        on_offer: Callable[[Sequence[EntryT]], None] = lambda _: None,
    ) -> None:
        """`heartbeats` is shared by all tails of a node, and calls `send_heartbeats`.

        `on_offer` is called with new entries, after they were offered to the followers.
        """
        self.log = log
        self.state = state
        """The state after the latest entry that this tail has read."""
        self.followers = 0
        """How many followers the log has on this node."""
        self.is_draining = False
        self.is_gone = False
        """True if the store no longer has the log, such as a Valkey after a failover that lost the creation of the party."""
        self.resets = 0
        """Counts how often this tail has continued in another place of the log, or in another log after entries were lost."""
        self.announcements = 0
        """How many frames were announced since this tail exists."""
        self._announcements: tuple[Any, ...] = ()
        self._poll_s = poll_s
        self._heartbeat_s = heartbeat_s
        self._on_offer = on_offer
        self._entries: deque[EntryT] = deque()
        self._kept_max = kept_max
        self._sizes: deque[int] = deque()
        """About how many bytes each of the entries takes."""
        self._bytes = 0
        self._has_hint = asyncio.Event()
        self._has_hint.set()  # the hints of commits since `state` was read came before this tail existed
        self._is_reading = False
        self._has_entries = asyncio.Event()
        """Set and replaced when new entries have come."""
        self._waiting = 0
        """How many followers wait for `_has_entries`. Attached followers do not."""
        self._attached: dict[AttachedFollower, None] = {}
        """The followers at the live end, in the order in which they came there."""
        self._heartbeats = heartbeats
        self._has_heartbeat = False
        """True while a time for the next heartbeat is set."""
        self._loop = asyncio.get_running_loop()
        self._poll_timer = self._loop.call_later(poll_s, self._poll)
        self._reader = asyncio.create_task(self._run(), name=f"tail {log.id}", context=no_request())

    @property
    def head(self) -> int:
        """The seq of the latest entry that this tail has read."""
        return self.state.version

    def hint(self, seq: int) -> None:
        """The log may have reached `seq`."""
        if seq > self.head and not self._take_latest():
            self._has_hint.set()

    def announce(self, frame: Any) -> None:
        """Show a frame that is no entry to all followers, at once and out of the order of the log."""
        self._announcements = (*self._announcements, frame)[-ANNOUNCEMENTS_KEPT:]
        self.announcements += 1
        self._offer(frame, self._loop.time(), self._attached)
        self._wake()

    def announcements_after(self, count: int) -> Sequence[Any]:
        """Those that came after the first `count`, as far as they are kept."""
        kept = len(self._announcements)
        return [self._announcements[index] for index in range(kept - min(self.announcements - count, kept), kept)]

    def resync(self) -> None:
        """A hint may have been lost: read the log."""
        self._has_hint.set()

    def after(self, seq: int) -> Sequence[EntryT] | None:
        """The entries after `seq`; None if this tail does not have all of them, because they are too old."""
        behind = self.head - seq
        if behind <= 0:
            return ()
        if behind > len(self._entries):
            return None
        start = len(self._entries) - behind
        return [self._entries[index] for index in range(start, len(self._entries))]

    def time_of(self, seq: int) -> Instant | None:
        """The time of an entry; None if this tail does not have it."""
        behind = self.head - seq
        if behind == 0:
            return self.state.changed_at
        return self._entries[len(self._entries) - behind - 1].at if 0 < behind < len(self._entries) else None

    async def wait(self) -> None:
        """Return when new entries have come, or something else has changed for the followers."""
        self._waiting += 1
        try:
            await self._has_entries.wait()
        finally:
            self._waiting -= 1

    def drain(self) -> None:
        """From now on every follower pulls, and learns that the server shuts down."""
        self.is_draining = True
        self._detach_all()
        self._wake()

    def attach(self, follower: AttachedFollower) -> None:
        """Offer each new frame to `follower`, which is at the head; and heartbeats, like those that pulling followers get."""
        self._attached[follower] = None
        if not self._has_heartbeat:
            self._has_heartbeat = True
            self._heartbeats.put(self, follower.last_frame_at + self._heartbeat_s)

    def detach(self, follower: AttachedFollower) -> None:
        """Offer nothing more to `follower`."""
        self._attached.pop(follower, None)

    def close(self) -> None:
        self._reader.cancel()
        del self._reader  # a task that was cancelled keeps the frames of its coroutine, and so this object
        self._poll_timer.cancel()
        self._heartbeats.remove(self)

    def _wake(self) -> None:
        """Wake all followers that `wait`."""
        if self._waiting:
            self._has_entries.set()
            self._has_entries = asyncio.Event()

    def _offer(self, frame: Any, at: float, followers: Iterable[AttachedFollower]) -> None:
        for follower in tuple(followers):
            try:
                follower.offer(frame, at)
            except Exception:
                log.exception("pushing a frame of the log %s failed, its follower reads it itself", self.log.id)
                follower.detach()

    def _detach_all(self) -> None:
        for follower in tuple(self._attached):
            follower.detach()

    def send_heartbeats(self, now: float) -> None:
        """Send one heartbeat, the same for all, to the attached followers who had no frame for so long."""
        due = now + HEARTBEAT_SLACK_S - self._heartbeat_s
        silent = [each for each in self._attached if each.last_frame_at <= due]
        if silent:
            self._offer(self.log.heartbeat(self.state), now, silent)
        self._has_heartbeat = bool(self._attached)
        if self._attached:
            earliest = min(each.last_frame_at for each in self._attached)
            self._heartbeats.put(self, earliest + self._heartbeat_s)

    def _poll(self) -> None:
        """Read the log, in case that a hint was lost. One timer goes on as it is: a timeout for each hint costs 15 us."""
        self._has_hint.set()
        self._poll_timer = self._loop.call_later(self._poll_s, self._poll)

    async def _run(self) -> None:
        """Read the log after each hint, and each time that `_poll` gives one."""
        while True:
            await self._has_hint.wait()
            self._has_hint.clear()
            self._is_reading = True
            try:
                await self._catch_up()
            except Unavailable:
                _unavailable.log("store unavailable, the log %s is read again later", self.log.id)
            except Exception:
                log.exception("reading the log %s failed, trying again later", self.log.id)
            finally:
                self._is_reading = False

    def _take_latest(self) -> bool:
        """Take the new entries at once, if they are in memory: the reader would take another turn of the event loop. False: they
        have to be read."""
        entries = self.log.latest_entries(self.state, PAGE_ENTRIES) if not self._is_reading else None
        if not entries or len(entries) == PAGE_ENTRIES:
            return False
        self._take(entries)
        return True

    async def _catch_up(self) -> None:
        count = PAGE_ENTRIES
        while count == PAGE_ENTRIES:  # a shorter page is the last one: later commits give hints of their own
            entries = await self._newer()
            count = len(entries)
            if entries:
                self._take(entries)

    def _take(self, entries: Sequence[EntryT]) -> None:
        """Keep the entries that come after `state`, and show them to all followers."""
        self._keep(entries)
        self.state = self.log.state_after(entries[-1])
        now = self._loop.time()
        for entry in entries:
            self._offer(entry, now, self._attached)
        self._on_offer(entries)
        self._wake()

    def _keep(self, entries: Sequence[EntryT]) -> None:
        before = self.state
        for entry in entries:
            size = self.log.bytes_of(entry, before)
            self._entries.append(entry)
            self._sizes.append(size)
            self._bytes += size
            before = self.log.state_after(entry)
        while len(self._entries) > self._kept_max or self._bytes > BYTES_MAX:
            self._entries.popleft()
            self._bytes -= self._sizes.popleft()

    async def _newer(self) -> Sequence[EntryT]:
        try:
            return await self.log.entries(self.state, PAGE_ENTRIES)
        except LogTrimmed:
            # This node was cut off for longer than entries are kept, or the store has lost the latest entries, such as a
            # Valkey after a failover: all followers continue with a snapshot.
            state = await self.log.state()
            self.is_gone = state is None
            if state is None:
                log.warning("the log %s is gone from the store, its streams end", self.log.id)
            else:
                self.resets += 1
                self._entries.clear()
                self._sizes.clear()
                self._bytes = 0
                self.state = state
            self._detach_all()
            self._wake()
            return ()
