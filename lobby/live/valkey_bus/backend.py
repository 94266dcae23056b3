"""What broadcaster takes as its backend."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lobby.live.valkey_bus.limits import BusLimits
from lobby.live.valkey_bus.link import Link
from lobby.live.valkey_bus.message import joined
from lobby.live.valkey_bus.publisher import Publisher
from lobby.live.valkey_bus.subscriber import Subscriber
from lobby.stores.valkey.address import Address

log = logging.getLogger(__name__)

RESYNC = "*"
"""Stands where a hint would: some may have been missed, so that everyone is to look. No party has such an id."""
FLUSH_WAIT_S = 1.0
CANCEL_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class Published:
    """As broadcaster's own Event."""

    channel: str
    message: str


class ValkeyHints:
    """Hints to and from all nodes over the servers at `address`. This node's own come back at once, not by way of a server.

    Its methods return at once and do not raise, whatever becomes of the servers; what was missed meanwhile is made up for
    by one RESYNC. The channel is the one that is subscribed to.
    """

    def __init__(self, address: Address, channel: str, limits: BusLimits | None = None) -> None:
        self._limits = limits or BusLimits()
        self._address = address
        self._channel = channel
        self._inbox: asyncio.Queue[Published] = asyncio.Queue(self._limits.inbox_max)
        self._overflowed = False
        self._tasks: list[asyncio.Task[None]] = []

    async def connect(self) -> None:
        node = secrets.token_hex(6)
        limits = self._limits
        self.publisher = Publisher(Link(self._address, limits), self._channel, node, limits)
        self.subscriber = Subscriber(
            Link(self._address, limits), self._channel, node, limits, self._heard, lambda: self._put(RESYNC)
        )

    async def subscribe(self, channel: str) -> None:
        """Returns when the channel is heard, or it has taken too long: then a RESYNC tells when it is."""
        assert channel == self._channel, "one channel for the life of the process"
        for name, work in (("hints in", self.subscriber.run()), ("hints out", self.publisher.run())):
            self._tasks.append(asyncio.create_task(work, name=name))
        try:
            async with asyncio.timeout(self._limits.answer_s):
                await self.subscriber.is_listening.wait()
        except TimeoutError:
            log.warning("the bus can't be reached yet")

    async def unsubscribe(self, channel: str) -> None:
        """It ends with `disconnect`."""

    async def publish(self, channel: str, message: Any) -> None:
        self._put(message)
        self.publisher.put(message)

    async def next_published(self) -> Published:
        heard = await self._inbox.get()
        if self._overflowed:
            self._overflowed = False
            return Published(self._channel, RESYNC)
        return heard

    async def disconnect(self) -> None:
        """What waits is sent, and that this node has told all: otherwise the others would have to look for themselves."""
        if not self._tasks:
            return
        await self.publisher.flush(FLUSH_WAIT_S)
        await _end(self._tasks)
        await self.publisher.farewell()

    def _heard(self, hints: tuple[str, ...]) -> None:
        self._put(joined(hints))

    def _put(self, message: str) -> None:
        """Where there is no room, one RESYNC stands for all that there was none for."""
        if self._inbox.full():
            self._overflowed = True
            return
        self._inbox.put_nowait(Published(self._channel, message))


async def _end(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancels until it is heeded: valkey 6.2 sends within Python 3.11's `wait_for`, which can lose a cancellation."""
    running = set(tasks)
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=CANCEL_EVERY_S)
