"""The live end of one party's log, read once for all of its followers on this node."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from contextlib import suppress

from lobby.domain.events import Entry
from lobby.domain.model import Party
from lobby.live.frames import Heartbeat, Snapshot, SnapshotReason
from lobby.live.pushing import Pushed, PushedFollower
from lobby.ports import Clock, LogTrimmed, Store, Unavailable

log = logging.getLogger(__name__)

PAGE_ENTRIES = 256
BEAT_SLACK_S = 0.05
"""Followers whose heartbeat is due this soon get it together with the one that is due."""


class Tail:
    """The latest entries of one log. A follower holds no queue of its own, only its place in this one.

    `kept_max` entries are kept: a follower further behind than that has fallen behind.
    """

    def __init__(
        self, party: Party, store: Store, clock: Clock, kept_max: int, poll_s: float, heartbeat_s: float
    ) -> None:
        self.party = party
        """The party as of the newest entry seen."""
        self.followers = 0
        self.is_draining = False
        self._store = store
        self._clock = clock
        self._poll_s = poll_s
        self._heartbeat_s = heartbeat_s
        self._entries: deque[Entry] = deque(maxlen=kept_max)
        self._snapshots: dict[SnapshotReason, Snapshot] = {}
        self._hinted = asyncio.Event()
        self._hinted.set()  # what was committed since `party` was read gave its hint when nobody was here to hear it
        self._advanced = asyncio.Event()
        self.pushed = Pushed()
        """The followers at the live end."""
        self._beat: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._pump = asyncio.create_task(self._run(), name=f"tail {party.id}")

    @property
    def head(self) -> int:
        return self.party.version

    def snapshot(self, party: Party, reason: SnapshotReason) -> Snapshot:
        """The present as a frame; one and the same for all who need it while nothing happens."""
        kept = self._snapshots.get(reason)
        if kept is None or kept.party.version != party.version:
            kept = self._snapshots[reason] = Snapshot(party, self._clock.now(), reason)
        return kept

    def hint(self, seq: int) -> None:
        if seq > self.head:
            self._hinted.set()

    def resync(self) -> None:
        """A hint may have been missed."""
        self._hinted.set()

    def after(self, seq: int) -> Sequence[Entry] | None:
        """The entries behind `seq`; None where they are no longer, or not yet, kept here."""
        behind = self.head - seq
        if behind <= 0:
            return ()
        if behind > len(self._entries):
            return None
        start = len(self._entries) - behind
        return [self._entries[index] for index in range(start, len(self._entries))]

    async def moved(self) -> None:
        """Returns when the next entries have come, or `wake` was called."""
        await self._advanced.wait()

    def wake(self) -> None:
        """Let everyone who waits look again."""
        self._advanced.set()
        self._advanced = asyncio.Event()

    def drain(self) -> None:
        """From now on everyone pulls, and finds that the server goes down."""
        self.is_draining = True
        self.pushed.pull_all()
        self.wake()

    def beat_for(self, follower: PushedFollower) -> None:
        """See to it that `follower`, which has come to the live end, hears something in time."""
        if self._beat is None:
            self._beat = self._loop.call_at(follower.last_frame_at + self._heartbeat_s, self._beats)

    def close(self) -> None:
        self._pump.cancel()
        if self._beat is not None:
            self._beat.cancel()

    def _beats(self) -> None:
        """A heartbeat, one for all, to those who have had no frame for so long."""
        self._beat = None
        now = self._loop.time()
        self.pushed.beat(Heartbeat(self.party, self._clock.now()), now, now + BEAT_SLACK_S - self._heartbeat_s)
        since = self.pushed.longest_silent_since()
        if since is not None:
            self._beat = self._loop.call_at(since + self._heartbeat_s, self._beats)

    async def _run(self) -> None:
        """Hints say when to look; looking from time to time makes up for hints that were lost.

        Python 3.11's `wait_for` loses a cancellation that comes together with the hint; `timeout` does not.
        """
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._poll_s):
                    await self._hinted.wait()
            self._hinted.clear()
            try:
                await self._catch_up()
            except Unavailable:
                log.warning("the log of party %s can't be read now", self.party.id)
            except Exception:
                log.exception("the tail of party %s goes on after a failure", self.party.id)

    async def _catch_up(self) -> None:
        while entries := await self._newer():
            self._entries.extend(entries)
            self.party = entries[-1].party
            now = self._loop.time()
            for entry in entries:
                self.pushed.push(entry, now)
            self.wake()

    async def _newer(self) -> Sequence[Entry]:
        try:
            return await self._store.entries(self.party.id, self.head, PAGE_ENTRIES)
        except LogTrimmed:
            # This node was cut off for longer than the log is kept: everyone goes on from the present.
            party = await self._store.party(self.party.id)
            if party is not None:
                self._entries.clear()
                self.party = party
                self.pushed.pull_all()
                self.wake()
            return ()
