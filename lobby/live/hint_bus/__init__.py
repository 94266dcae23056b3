"""Carries hints from the node that committed a change to the nodes with followers. The only module that uses broadcaster.

broadcaster 0.3.1 loses a subscriber when two subscribe to a channel at the same time, so there is a single channel with a
single subscription for the life of the process. Hints have no content: a lost, repeated or late hint costs latency, nothing else.

`ValkeyBackend` connects nodes over publish/subscribe of Valkey or Redis, alone or as a cluster.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from broadcaster import Broadcast, BroadcastBackend

from lobby.live.hint_bus.messages import BusLimits, format_hint, join_hints, parse_hint
from lobby.runtime.background import BackgroundTasks
from lobby.stores.valkey.address import Address

log = logging.getLogger(__name__)

CHANNEL = "lobby"
OnHint = Callable[[str, int], None]
"""Called with the id of a log and the seq that it has reached."""
RESYNC = "*"
"""Takes the place of a hint when some may have been lost, so that all followers read their logs. No log has such an id."""


class Bus:
    """Publishes hints, and delivers the hints of all nodes, also those of this one."""

    def __init__(self, address: Address | None, limits: BusLimits) -> None:
        """`address`: of the Valkey servers that connect the nodes; None if there is only this node."""
        self._broadcast = Broadcast(backend=cast(BroadcastBackend, _create_backend(address, limits)))
        self._tasks = BackgroundTasks()

    async def open(self, on_hint: OnHint, on_resync: Callable[[], None]) -> None:
        """Call `on_hint` for every hint from now on, and `on_resync` when hints of other nodes may have been lost: followers
        must read the logs themselves then. If no server can be reached, the bus keeps trying.
        """
        await self._broadcast.connect()
        is_listening = asyncio.Event()
        self._tasks.start(self._listen(is_listening, on_hint, on_resync), "bus")
        await is_listening.wait()

    async def close(self) -> None:
        await self._tasks.close()
        await self._broadcast.disconnect()

    async def publish(self, log_id: str, seq: int) -> None:
        """See `lobby.ports.HintPublisher`."""
        try:
            await self._broadcast.publish(CHANNEL, format_hint(log_id, seq))
        except Exception:
            log.warning("lost the hint %s:%d, followers find the change by polling", log_id, seq, exc_info=True)

    async def _listen(self, is_listening: asyncio.Event, on_hint: OnHint, on_resync: Callable[[], None]) -> None:
        async with self._broadcast.subscribe(CHANNEL) as subscriber:
            is_listening.set()
            while True:
                for hint in (await subscriber.get()).message.split("\n"):
                    _deliver(hint, on_hint, on_resync)


def _create_backend(address: Address | None, limits: BusLimits) -> LocalBackend:
    if address is None:
        return LocalBackend(limits.inbox_max)
    from lobby.live.hint_bus.valkey_backend import ValkeyBackend  # the client of Valkey is slow to import

    return ValkeyBackend(address, limits)


def _deliver(hint: str, on_hint: OnHint, on_resync: Callable[[], None]) -> None:
    """Never raises: that would end the only subscription, and followers could only poll from then on."""
    try:
        if hint == RESYNC:
            on_resync()
        else:
            on_hint(*parse_hint(hint))
    except Exception:
        log.exception("could not deliver the hint %.200r", hint)


@dataclass(frozen=True, slots=True)
class Published:
    """The same as broadcaster's own Event."""

    channel: str
    message: str


class LocalBackend:
    """Delivers the hints of this node. Hints that wait together go out as one message: commits become durable in groups.

    With broadcaster's own backend for one process each hint went through two queues, which took 4 us of CPU.
    """

    def __init__(self, inbox_max: int) -> None:
        """`inbox_max`: the messages that may wait."""
        self._inbox_max = inbox_max
        self._inbox: list[str] = []
        self._overflowed = False
        self._has_messages = asyncio.Event()

    async def connect(self) -> None: ...

    async def disconnect(self) -> None: ...

    async def subscribe(self, channel: str) -> None:
        """`CHANNEL` is the only one, for the life of the process."""

    async def unsubscribe(self, channel: str) -> None:
        """Does nothing: the subscription ends with `disconnect`."""

    async def publish(self, channel: str, message: Any) -> None:
        self._put(message)

    async def next_published(self) -> Published:
        await self._has_messages.wait()
        self._has_messages.clear()
        messages, self._inbox = self._inbox, []
        if self._overflowed:
            self._overflowed = False
            return Published(CHANNEL, RESYNC)
        return Published(CHANNEL, join_hints(messages))

    def _put(self, message: str) -> None:
        """If the inbox is full, one RESYNC takes the place of all messages."""
        if len(self._inbox) >= self._inbox_max:
            self._overflowed = True
            return
        self._inbox.append(message)
        if len(self._inbox) == 1:
            self._has_messages.set()
