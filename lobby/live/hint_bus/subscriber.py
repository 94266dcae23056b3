"""Receives the hints of the other nodes, and notices when some were lost."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from lobby.live.hint_bus.connection import CONNECTION_ERRORS, BusConnector, Connection, NoAnswer, call
from lobby.live.hint_bus.messages import GOODBYE, BusLimits, Message

log = logging.getLogger(__name__)

CHECK_INTERVAL_S = 0.5
"""The interval at which a silent channel is checked."""


class Subscriber:
    """Calls `on_hints` with the hints of a message, and `on_missed` when hints may have been lost.

    Each node also receives its own messages. When it no longer does, it receives no messages at all, even if the connection still
    looks sound, and it connects again.
    """

    def __init__(
        self,
        connector: BusConnector,
        channel: str,
        node: str,
        limits: BusLimits,
        on_hints: Callable[[tuple[str, ...]], None],
        on_missed: Callable[[], None],
    ) -> None:
        self.is_listening = asyncio.Event()
        self._connector = connector
        self._channel = channel
        self._node = node
        self._limits = limits
        self._on_hints = on_hints
        self._on_missed = on_missed
        self._nodes = NodeTracker(limits.silent_s, limits.nodes_max)
        self._own_message_at = 0.0
        self._now = asyncio.get_running_loop().time

    async def run(self) -> None:
        """Run until cancelled; raises nothing else."""
        while True:
            try:
                async with self._connector.connect() as connection:
                    await self._subscribe(connection)
                    await self._listen(connection)
            except CONNECTION_ERRORS as failure:
                if self._connector.is_first_failure:
                    log.warning("can't receive hints of other nodes, retrying: %s", failure)
            finally:
                self.is_listening.clear()
            await asyncio.sleep(self._connector.pause_s())

    async def _subscribe(self, connection: Connection) -> None:
        """All messages from before the subscription are lost."""
        await call(connection, self._limits.answer_s, "SUBSCRIBE", self._channel)
        self._own_message_at = self._now()
        self._nodes.clear()
        self.is_listening.set()
        self._on_missed()

    async def _listen(self, connection: Connection) -> None:
        """Raises one of `CONNECTION_ERRORS` when the connection ends or no longer delivers."""
        while True:
            response = await connection.read_response(timeout=CHECK_INTERVAL_S)
            if response is not None:
                self._receive(response[-1])
            now = self._now()
            if self._nodes.take_silent(now):
                self._on_missed()
            if now - self._own_message_at > self._limits.silent_s:
                raise NoAnswer("this node does not receive its own messages")

    def _receive(self, raw: object) -> None:
        message = Message.decode(raw) if isinstance(raw, bytes) else None
        if message is None:
            log.warning("ignored a message that is none of the lobby's: %.200r", raw)
            return
        is_next = self._nodes.record(message, self._now())
        if message.node == self._node:
            self._receive_own()
        elif message.hints and message.hints != (GOODBYE,):
            self._on_hints(message.hints)
        if not is_next:
            self._on_missed()

    def _receive_own(self) -> None:
        self._own_message_at = self._now()
        if self._connector.is_failing:
            self._connector.record_success()
            log.info("hints of other nodes are received again")


@dataclass(slots=True)
class _Node:
    number: int
    """The number of the latest message of the node."""
    received_at: float


class NodeTracker:
    """Counts every node's messages, to notice lost messages and silent nodes. Times are seconds of one clock, passed in."""

    def __init__(self, silent_s: float, nodes_max: int) -> None:
        self._silent_s = silent_s
        self._nodes_max = nodes_max
        self._nodes: OrderedDict[str, _Node] = OrderedDict()
        """The node that has been silent for longest comes first."""

    def clear(self) -> None:
        self._nodes.clear()

    def record(self, message: Message, now: float) -> bool:
        """True if no message of this node was lost before this one. A repeated message does not count as a lost message."""
        before = self._nodes.pop(message.node, None)
        is_next = before is None or message.number <= before.number + 1
        if message.hints == (GOODBYE,):
            return is_next
        number = max(message.number, before.number if before is not None else 0)
        self._nodes[message.node] = _Node(number, now)
        if len(self._nodes) > self._nodes_max:
            self._nodes.popitem(last=False)
        return is_next

    def take_silent(self, now: float) -> list[str]:
        """Remove and return the nodes that fell silent without a goodbye: their last changes may not have been announced."""
        silent: list[str] = []
        while self._nodes:
            name, node = next(iter(self._nodes.items()))
            if node.received_at + self._silent_s > now:
                break
            del self._nodes[name]
            silent.append(name)
        return silent
