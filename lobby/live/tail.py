"""The live end of one party's log, read once for all of its followers on this node."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from contextlib import suppress

from lobby.domain.events import Entry
from lobby.domain.model import Party
from lobby.ports import LogTrimmed, Store, Unavailable

log = logging.getLogger(__name__)

PAGE_ENTRIES = 256


class Tail:
    """The latest entries of one log. A follower holds no queue of its own, only its place in this one.

    `kept_max` entries are kept: a follower further behind than that has fallen behind.
    """

    def __init__(self, party: Party, store: Store, kept_max: int, poll_s: float) -> None:
        self.party = party
        """The party as of the newest entry seen."""
        self.followers = 0
        self._store = store
        self._poll_s = poll_s
        self._entries: deque[Entry] = deque(maxlen=kept_max)
        self._hinted = asyncio.Event()
        self._advanced = asyncio.Event()
        self._pump = asyncio.create_task(self._run(), name=f"tail {party.id}")

    @property
    def head(self) -> int:
        return self.party.version

    def hint(self, seq: int) -> None:
        if seq > self.head:
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

    def close(self) -> None:
        self._pump.cancel()

    async def _run(self) -> None:
        """Hints say when to look; looking from time to time makes up for hints that were lost."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._hinted.wait(), self._poll_s)
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
                self.wake()
            return ()
