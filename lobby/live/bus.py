"""Hints from whoever committed to whoever follows. The only module that knows broadcaster.

broadcaster 0.3.1 loses a subscriber when two subscribe to one channel at once, so there is one channel and one
subscription for the life of the process. Hints carry no content: a lost, doubled or late one costs latency, nothing else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import cast

from broadcaster import Broadcast, BroadcastBackend

from lobby.domain.values import PartyId
from lobby.live.valkey_bus import ValkeyHints
from lobby.live.valkey_bus.backend import RESYNC
from lobby.live.valkey_bus.limits import BusLimits
from lobby.live.valkey_bus.message import hint_of, read_hint
from lobby.stores.valkey.address import Address

log = logging.getLogger(__name__)

CHANNEL = "lobby"
OnHint = Callable[[PartyId, int], None]


class Bus:
    """Publishes hints, and hands every hint (one's own too) to `on_hint`.

    `address`: of the servers over which nodes tell each other; None: this process is alone. `on_resync` is called where
    hints of other nodes may have been missed: it is time to look at the logs themselves.
    """

    def __init__(
        self,
        on_hint: OnHint,
        on_resync: Callable[[], None],
        address: Address | None = None,
        limits: BusLimits | None = None,
    ) -> None:
        self._nodes = ValkeyHints(address, CHANNEL, limits) if address is not None else None
        self._broadcast = (
            Broadcast(backend=cast(BroadcastBackend, self._nodes)) if self._nodes else Broadcast("memory://")
        )
        self._on_hint = on_hint
        self._on_resync = on_resync
        self._listening: asyncio.Task[None] | None = None

    @property
    def dropped(self) -> int:
        """Hints that the other nodes were not given, for lack of room."""
        return self._nodes.publisher.dropped if self._nodes is not None else 0

    async def open(self) -> None:
        """Also where no server can be reached: hints go over it once one can."""
        await self._broadcast.connect()
        ready = asyncio.Event()
        self._listening = asyncio.create_task(self._listen(ready), name="bus")
        await ready.wait()

    async def close(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.wait([self._listening])
        await self._broadcast.disconnect()

    async def publish(self, party_id: PartyId, seq: int) -> None:
        try:
            await self._broadcast.publish(CHANNEL, hint_of(party_id, seq))
        except Exception:
            log.warning("a hint was lost; followers find out by themselves", exc_info=True)

    async def _listen(self, ready: asyncio.Event) -> None:
        async with self._broadcast.subscribe(CHANNEL) as subscriber:
            ready.set()
            while True:
                for hint in (await subscriber.get()).message.split("\n"):
                    self._hear(hint)

    def _hear(self, hint: str) -> None:
        """Never raises: the one subscription would end, and every follower go by its polls from then on."""
        try:
            if hint == RESYNC:
                self._on_resync()
            else:
                self._on_hint(*read_hint(hint))
        except Exception:
            log.exception("a hint was not understood: %.200r", hint)
