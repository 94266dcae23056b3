"""Sends this node's hints. Whoever has one never waits for it."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from lobby.live.valkey_bus.limits import BusLimits
from lobby.live.valkey_bus.link import FAILED, Connection, Link, answered
from lobby.live.valkey_bus.message import FAREWELL, Message, hint_of, read_hint

log = logging.getLogger(__name__)


class Publisher:
    """Of each party the newest hint waits; all that wait go out in one message, while the one before is under way.

    A message whose answer does not come is sent again under its number: heard twice, it costs nothing.
    """

    def __init__(self, link: Link, channel: str, node: str, limits: BusLimits) -> None:
        self.dropped = 0
        """Hints that there was no room for; the others learn from the number that is skipped."""
        self._link = link
        self._channel = channel
        self._node = node
        self._limits = limits
        self._waiting: dict[str, int] = {}
        self._number = 1
        self._has_skipped = False
        self._wanted = asyncio.Event()
        self._emptied = asyncio.Event()

    def put(self, hint: str) -> None:
        party_id, seq = read_hint(hint)
        known = self._waiting.get(party_id)
        if known is None and len(self._waiting) >= self._limits.outbox_max:
            self.dropped += 1
            self._skip()
            return
        self._waiting[party_id] = max(seq, known or 0)
        self._wanted.set()

    async def flush(self, within_s: float) -> None:
        """Returns when all is sent, or `within_s` is over."""
        self._emptied.clear()
        self._wanted.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._emptied.wait()

    async def run(self) -> None:
        """Until cancelled; never raises otherwise."""
        while True:
            try:
                async with self._link.connected() as connection:
                    await self._send_on(connection)
            except FAILED as failure:
                self._tell(failure)
            await asyncio.sleep(self._link.pause_s())

    async def farewell(self) -> None:
        """This node goes, and has told all."""
        with suppress(*FAILED):
            async with self._link.connected() as connection:
                await self._publish(connection, Message(self._node, self._number, (FAREWELL,)))

    async def _send_on(self, connection: Connection) -> None:
        """Sends what waits, or that nothing does."""
        while True:
            batch = self._batch()
            await self._publish(connection, Message(self._node, self._number, tuple(hint_of(*one) for one in batch)))
            self._was_sent(batch)
            if self._waiting:
                continue
            self._emptied.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._limits.beat_s):
                    await self._wanted.wait()
            self._wanted.clear()

    async def _publish(self, connection: Connection, message: Message) -> None:
        await answered(connection, self._limits.answer_s, "PUBLISH", self._channel, message.written())
        if self._link.is_failing:
            self._link.is_sound()
            log.info("hints are sent again")

    def _batch(self) -> list[tuple[str, int]]:
        return [one for one, _ in zip(self._waiting.items(), range(self._limits.batch_max), strict=False)]

    def _was_sent(self, batch: list[tuple[str, int]]) -> None:
        """A hint that has been put meanwhile is another one."""
        self._number += 1
        self._has_skipped = False
        for party_id, seq in batch:
            if self._waiting[party_id] == seq:
                del self._waiting[party_id]

    def _skip(self) -> None:
        """Once for all that is dropped until the next message."""
        if not self._has_skipped:
            self._has_skipped = True
            self._number += 1

    def _tell(self, failure: BaseException) -> None:
        """Of an outage, once."""
        if self._link.is_first_failure:
            log.warning("hints can't be sent now: %s; followers on other nodes find out later", failure)
