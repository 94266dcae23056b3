"""Hears the hints of the other nodes, and notices what it has missed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from lobby.live.valkey_bus.limits import BusLimits
from lobby.live.valkey_bus.link import FAILED, Connection, Link, NoAnswer, answered
from lobby.live.valkey_bus.message import FAREWELL, Message
from lobby.live.valkey_bus.roll import Roll

log = logging.getLogger(__name__)

LOOK_S = 0.5
"""How often a silent channel is looked at."""


class Subscriber:
    """`on_hints` gets what came, `on_missed` is called where something may not have: it is time to look for oneself.

    A node hears itself, too. Once it does not, whatever the connection says, it hears nobody, and connects anew.
    """

    def __init__(
        self,
        link: Link,
        channel: str,
        node: str,
        limits: BusLimits,
        on_hints: Callable[[tuple[str, ...]], None],
        on_missed: Callable[[], None],
    ) -> None:
        self.is_listening = asyncio.Event()
        self._link = link
        self._channel = channel
        self._node = node
        self._limits = limits
        self._on_hints = on_hints
        self._on_missed = on_missed
        self._roll = Roll(limits.silent_s, limits.nodes_max)
        self._heard_self_at = 0.0
        self._now = asyncio.get_running_loop().time

    async def run(self) -> None:
        """Until cancelled; never raises otherwise."""
        while True:
            try:
                async with self._link.connected() as connection:
                    await self._subscribe(connection)
                    await self._listen(connection)
            except FAILED as failure:
                if self._link.is_first_failure:
                    log.warning("hints of other nodes are not heard now: %s", failure)
            finally:
                self.is_listening.clear()
            await asyncio.sleep(self._link.pause_s())

    async def _subscribe(self, connection: Connection) -> None:
        """What was said before is missed."""
        await answered(connection, self._limits.answer_s, "SUBSCRIBE", self._channel)
        self._heard_self_at = self._now()
        self._roll.clear()
        self.is_listening.set()
        self._on_missed()

    async def _listen(self, connection: Connection) -> None:
        """Raises one of `FAILED` when the connection ends, or has become deaf."""
        while True:
            heard = await connection.read_response(timeout=LOOK_S)
            if heard is not None:
                self._hear(heard[-1])
            now = self._now()
            if self._roll.gone(now):
                self._on_missed()
            if now - self._heard_self_at > self._limits.silent_s:
                raise NoAnswer("this node does not hear itself")

    def _hear(self, raw: object) -> None:
        message = Message.read(raw) if isinstance(raw, bytes) else None
        if message is None:
            log.warning("a message was not understood: %.200r", raw)
            return
        is_next = self._roll.heard(message, self._now())
        if message.node == self._node:
            self._heard_self()
        elif message.hints and message.hints != (FAREWELL,):
            self._on_hints(message.hints)
        if not is_next:
            self._on_missed()

    def _heard_self(self) -> None:
        self._heard_self_at = self._now()
        if self._link.is_failing:
            self._link.is_sound()
            log.info("hints of other nodes are heard again")
