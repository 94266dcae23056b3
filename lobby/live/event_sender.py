"""Sends the log entries of all parties to the operator's webhook: each at least once, and those of a party in their order.

The outbox of the store (`lobby.ports.event_outbox`) says what was not sent. One node at a time sends, by a lease; when it dies,
another one goes on. The lease saves double work. Without it, entries would come twice, and none would be missing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from secrets import token_hex
from time import monotonic
from typing import TYPE_CHECKING

from lobby.domain.events import Entry
from lobby.domain.values import Instant
from lobby.ports import Clock, LogTrimmed, SentEntries, Store, Unavailable, WaitingLog
from lobby.runtime.background import BackgroundLoop
from lobby.runtime.repeated_warning import RepeatedWarning
from lobby.struct import Struct

if TYPE_CHECKING:
    from lobby.live.event_webhook import EventWebhook

log = logging.getLogger(__name__)

POLL_S = 1.0
"""The outbox is read at this interval if no hint says that an entry was written."""
ROUND_PAUSE_S = 0.02
"""Entries that are written within this time are sent in one round."""
ROUND_S = 2.0
"""After this time a round begins no other request, so that what was sent is soon remembered."""
ENTRIES_READ_MAX = 32
"""Entries of a log that are read in one call."""
LOGS_PER_REQUEST = 4
"""How many parties a round takes for each request that may be on its way."""
LEASE = "events"
LEASE_RENEWED_MS = 1_000
LEASE_SPARE_MS = 4_000
"""The lease is this much longer than a request, so that it does not end within a round."""
RETRY_MIN_MS = 1_000
CLOSE_WAIT_S = 3.0
"""When the server stops, a round may take this long to end."""


class EventSettings(Struct):
    """The operator's settings. Without `url` nothing is sent."""

    url: str | None = None
    secret: str | None = None
    timeout_s: float = 5.0
    """How long one request may take, with its answer."""
    requests_max: int = 16
    """Requests at the same time: each is about another party."""
    retry_ms: int = 24 * 3_600_000
    """An entry that is older than this is tried once more, and then given up."""
    retry_max_ms: int = 60_000
    """The longest pause before an entry is tried again."""


class NotTaken(Exception):
    """The service has not taken the entry, for this reason. `retry_after_ms`: the pause that it asks for."""

    def __init__(self, reason: str, retry_after_ms: int | None = None) -> None:
        super().__init__(reason)
        self.retry_after_ms = retry_after_ms


class EventSender:
    """Runs on each node. Without the lease it only asks for it."""

    def __init__(self, store: Store, clock: Clock, webhook: EventWebhook, settings: EventSettings) -> None:
        self.sent = 0
        """Entries that the service has taken from this node."""
        self.failed = 0
        """Requests of this node after which an entry has to be sent again."""
        self.lost = 0
        """Entries that this node has given up."""
        self._store = store
        self._outbox = store.event_outbox
        self._clock = clock
        self._webhook = webhook
        self._settings = settings
        self._requests = asyncio.Semaphore(settings.requests_max)
        self._lease_ms = round(settings.timeout_s * 1000) + LEASE_SPARE_MS
        self._holder = token_hex(8)
        self._lease_until: Instant = 0
        self._lease_asked_at: Instant = 0
        self._failed_rounds = 0
        """Rounds in a row in which nothing was taken."""
        self._waits_until: Instant = 0
        self._has_hint = asyncio.Event()
        self._is_idle = asyncio.Event()
        self._is_idle.set()
        self._is_closing = False
        self._failures = RepeatedWarning(log)
        self._loop = BackgroundLoop("events", self._wait_and_send, 0.0)

    async def open(self) -> None:
        self._loop.start()

    async def close(self) -> None:
        self._is_closing = True
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_WAIT_S):
                await self._is_idle.wait()
        await self._loop.stop()
        await self._webhook.close()
        if self._clock.now() < self._lease_until:
            with suppress(Unavailable):
                await self._store.searches.hold_lease(LEASE, self._holder, 1)  # so that another node goes on at once

    def hint(self) -> None:
        """A log has grown, or entries are to be sent again."""
        self._has_hint.set()

    async def _wait_and_send(self) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_S):
                await self._has_hint.wait()
        await asyncio.sleep(ROUND_PAUSE_S)
        self._has_hint.clear()
        self._is_idle.clear()
        try:
            while not self._is_closing and await self._holds_lease() and await self._send_round():
                pass
        finally:
            self._is_idle.set()
        return True

    async def _holds_lease(self) -> bool:
        now = self._clock.now()
        if now - self._lease_asked_at >= LEASE_RENEWED_MS:
            self._lease_asked_at = now
            if await self._store.searches.hold_lease(LEASE, self._holder, self._lease_ms):
                self._lease_until = now + self._lease_ms
        return now < self._lease_until

    async def _send_round(self) -> bool:
        """Send some of what is due. True if there may be more to send at once.

        While the service takes nothing at all, a round is a single request, and the pauses get longer.
        """
        now = self._clock.now()
        if now < self._waits_until:
            return False
        limit = 1 if self._failed_rounds else LOGS_PER_REQUEST * self._settings.requests_max
        waiting = await self._outbox.due(now, limit)
        if not waiting:
            return False
        sent_before, until_s = self.sent, monotonic() + ROUND_S
        done = await asyncio.gather(*(self._send_log(each, until_s) for each in waiting))
        await self._outbox.record(done)
        if self.sent > sent_before or all(each.retry_at is None for each in done):
            self._failed_rounds = 0
            return True
        self._failed_rounds += 1
        pause_ms = min(RETRY_MIN_MS * 2 ** min(self._failed_rounds - 1, 10), self._settings.retry_max_ms)
        self._waits_until = self._clock.now() + pause_ms
        return False

    async def _send_log(self, waiting: WaitingLog, until_s: float) -> SentEntries:
        """Send entries of one party, one after the other. Returns how far it came."""
        seq = waiting.sent_seq
        async with self._requests:
            while monotonic() < until_s and not self._is_closing:
                entries, skipped = await self._read(waiting, seq)
                seq += skipped
                if not entries:
                    break
                for entry in entries:
                    retry_at = await self._send(waiting, entry)
                    if retry_at is not None:
                        return SentEntries(waiting, seq, retry_at)
                    seq = entry.seq
                    if monotonic() >= until_s or self._is_closing:
                        break
        return SentEntries(waiting, seq)

    async def _read(self, waiting: WaitingLog, after_seq: int) -> tuple[Sequence[Entry], int]:
        """The next entries that are kept, and how many before them are not."""
        try:
            return await self._store.entries(waiting.party_id, after_seq, ENTRIES_READ_MAX), 0
        except LogTrimmed:
            skipped = max(0, await self._store.oldest_seq(waiting.party_id) - 1 - after_seq)
            self.lost += skipped
            log.error(
                "events %s.%d to %d were never sent and are no longer kept",
                *(waiting.party_id, after_seq + 1, after_seq + skipped),
            )
            return await self._store.entries(waiting.party_id, after_seq + skipped, ENTRIES_READ_MAX), skipped

    async def _send(self, waiting: WaitingLog, entry: Entry) -> Instant | None:
        """When the entry may be tried again; None: it was taken, or it is given up."""
        try:
            await self._webhook.send(waiting.party_id, entry)
        except NotTaken as error:
            now = self._clock.now()
            age_ms = now - entry.at
            if age_ms > self._settings.retry_ms:
                self.lost += 1
                log.error("event %s.%d is given up: %s", waiting.party_id, entry.seq, error)
                return None
            self.failed += 1
            self._failures.log("event %s.%d was not taken, it is sent again: %s", waiting.party_id, entry.seq, error)
            # It is tried when it is twice as old, so the pauses double, also over a restart.
            pause_ms = min(max(age_ms, RETRY_MIN_MS, error.retry_after_ms or 0), self._settings.retry_max_ms)
            return now + pause_ms
        self.sent += 1
        return None
