"""Carries hints between nodes over publish/subscribe of Valkey or Redis, alone or as a cluster."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Iterable
from typing import Any

from lobby.live.hint_bus import CHANNEL, RESYNC, LocalBackend
from lobby.live.hint_bus.connection import BusConnector
from lobby.live.hint_bus.messages import BusLimits, join_hints
from lobby.live.hint_bus.publisher import Publisher
from lobby.live.hint_bus.subscriber import Subscriber
from lobby.stores.valkey.address import Address

log = logging.getLogger(__name__)

FLUSH_WAIT_S = 1.0
CANCEL_INTERVAL_S = 0.1


class ValkeyBackend(LocalBackend):
    """Also sends and receives hints over the servers at `address`. Hints of this node are delivered at once, without a server.

    No method waits for a server, or raises when one fails; one RESYNC makes up for all hints that were lost.
    """

    def __init__(self, address: Address, limits: BusLimits) -> None:
        super().__init__(limits.inbox_max)
        self._limits = limits
        self._address = address
        self._tasks: list[asyncio.Task[None]] = []

    async def connect(self) -> None:
        node = secrets.token_hex(6)
        limits = self._limits
        self.publisher = Publisher(BusConnector(self._address, limits), CHANNEL, node, limits)
        self.subscriber = Subscriber(
            BusConnector(self._address, limits),
            CHANNEL,
            node,
            limits,
            on_hints=lambda hints: self._put(join_hints(hints)),
            on_missed=lambda: self._put(RESYNC),
        )

    async def subscribe(self, channel: str) -> None:
        """Return when the channel is subscribed to, or after `answer_s`: then a RESYNC comes as soon as it is."""
        for name, work in (("hints in", self.subscriber.run()), ("hints out", self.publisher.run())):
            self._tasks.append(asyncio.create_task(work, name=name))
        try:
            async with asyncio.timeout(self._limits.answer_s):
                await self.subscriber.is_listening.wait()
        except TimeoutError:
            log.warning("can't reach the bus yet, retrying")

    async def publish(self, channel: str, message: Any) -> None:
        self._put(message)
        self.publisher.put(message)

    async def disconnect(self) -> None:
        """Send the hints that wait, and then a goodbye, so that the other nodes know that they have all of them."""
        if not self._tasks:
            return
        await self.publisher.flush(FLUSH_WAIT_S)
        await _cancel_all(self._tasks)
        await self.publisher.say_goodbye()


async def _cancel_all(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel until all have ended: a call of the library that ends at that moment could lose a cancellation."""
    running = set(tasks)
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=CANCEL_INTERVAL_S)
