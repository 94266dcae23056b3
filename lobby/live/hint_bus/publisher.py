"""Sends the hints of this node to the other nodes. A command never waits for it."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from lobby.live.hint_bus.connection import CONNECTION_ERRORS, BusConnector, Connection, call
from lobby.live.hint_bus.messages import GOODBYE, BusLimits, Message, format_hint, parse_hint

log = logging.getLogger(__name__)


class Publisher:
    """Keeps the newest hint of each party, and sends all that wait in one message as soon as the last one was answered.

    A message without an answer is sent again with the same number. Receiving it twice does no harm.
    """

    def __init__(self, connector: BusConnector, channel: str, node: str, limits: BusLimits) -> None:
        self._connector = connector
        self._channel = channel
        self._node = node
        self._limits = limits
        self._waiting: dict[str, int] = {}
        """The newest seq of each party."""
        self._number = 1
        self._has_skipped = False
        self._has_work = asyncio.Event()
        self._is_empty = asyncio.Event()

    def put(self, hint: str) -> None:
        party_id, seq = parse_hint(hint)
        waiting_seq = self._waiting.get(party_id)
        if waiting_seq is None and len(self._waiting) >= self._limits.outbox_max:
            self._skip_number()
            return
        self._waiting[party_id] = max(seq, waiting_seq or 0)
        self._has_work.set()

    async def flush(self, timeout_s: float) -> None:
        """Return when all hints are sent, or the time is over."""
        self._is_empty.clear()
        self._has_work.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._is_empty.wait()

    async def run(self) -> None:
        """Run until cancelled; raises nothing else."""
        while True:
            try:
                async with self._connector.connect() as connection:
                    await self._send_on(connection)
            except CONNECTION_ERRORS as failure:
                if self._connector.is_first_failure:  # log an outage once
                    log.warning(
                        "can't send hints, retrying: %s; followers on other nodes find changes by polling", failure
                    )
            await asyncio.sleep(self._connector.pause_s())

    async def say_goodbye(self) -> None:
        """Send the last message of this node, so that the other nodes know that all its hints were sent."""
        with suppress(*CONNECTION_ERRORS):
            async with self._connector.connect() as connection:
                await self._publish(connection, Message(self._node, self._number, (GOODBYE,)))

    async def _send_on(self, connection: Connection) -> None:
        """Send the hints that wait, or an empty message at regular intervals if none do."""
        while True:
            self._has_work.clear()  # now, since a hint that comes during the call below is sent after it in any case
            batch = self._batch()
            hints = tuple(format_hint(party_id, seq) for party_id, seq in batch)
            await self._publish(connection, Message(self._node, self._number, hints))
            self._remove_sent(batch)
            if self._waiting:
                await asyncio.sleep(self._limits.gap_s)
                continue
            self._is_empty.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._limits.beat_s):
                    await self._has_work.wait()

    async def _publish(self, connection: Connection, message: Message) -> None:
        await call(connection, self._limits.answer_s, "PUBLISH", self._channel, message.encode())
        if self._connector.is_failing:
            self._connector.record_success()
            log.info("hints are sent again")

    def _batch(self) -> list[tuple[str, int]]:
        return [item for item, _ in zip(self._waiting.items(), range(self._limits.batch_max), strict=False)]

    def _remove_sent(self, batch: list[tuple[str, int]]) -> None:
        """Remove the hints of the batch, but keep a newer hint of the same party that came in the meantime."""
        self._number += 1
        self._has_skipped = False
        for party_id, seq in batch:
            if self._waiting[party_id] == seq:
                del self._waiting[party_id]

    def _skip_number(self) -> None:
        """Skip a number, once for all hints that are dropped until the next message. The other nodes notice the gap."""
        if not self._has_skipped:
            self._has_skipped = True
            self._number += 1
