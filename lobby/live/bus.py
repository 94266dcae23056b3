"""Hints from whoever committed to whoever follows. The only module that knows broadcaster.

broadcaster 0.3.1 loses a subscriber when two subscribe to one channel at once, so there is one channel and one
subscription for the life of the process. Hints carry no content: a lost, doubled or late one costs latency, nothing else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from broadcaster import Broadcast

from lobby.domain.values import PartyId

log = logging.getLogger(__name__)

CHANNEL = "lobby"
OnHint = Callable[[PartyId, int], None]


class Bus:
    """Publishes hints, and hands every hint (one's own too) to `on_hint`."""

    def __init__(self, url: str, on_hint: OnHint) -> None:
        self._broadcast = Broadcast(url)
        self._on_hint = on_hint
        self._listening: asyncio.Task[None] | None = None

    async def open(self) -> None:
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
            await self._broadcast.publish(CHANNEL, f"{party_id}:{seq}")
        except Exception:
            log.warning("a hint was lost; followers find out by themselves", exc_info=True)

    async def _listen(self, ready: asyncio.Event) -> None:
        async with self._broadcast.subscribe(CHANNEL) as subscriber:
            ready.set()
            while True:
                self._hear((await subscriber.get()).message)

    def _hear(self, message: str) -> None:
        """Never raises: the one subscription would end, and every follower go by its polls from then on."""
        try:
            party_id, _, seq = message.rpartition(":")
            self._on_hint(party_id, int(seq))
        except Exception:
            log.exception("a hint was not understood: %.200r", message)
