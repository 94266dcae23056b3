"""Calls to the servers: pooled, bounded in time, asked again while that may help."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from valkey.exceptions import NoScriptError

from lobby.ports import Unavailable
from lobby.stores.valkey.advice import advice
from lobby.stores.valkey.faults import is_lasting, is_passing
from lobby.stores.valkey.partitions import Partitions
from lobby.stores.valkey.scripts import Script
from lobby.stores.valkey.servers import Argument, Servers

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.02


@dataclass(frozen=True, slots=True)
class LinkLimits:
    """How long a call may take. A server that has not answered within `try_s` is asked again, on another connection."""

    call_s: float = 2.5
    try_s: float = 1.0
    connections_max: int = 64
    """To one server. More callers than that wait for their turn."""


class Link:
    """Every call of the store goes through here. All of them may be asked twice: see each script."""

    def __init__(self, servers: Servers, partitions: Partitions, limits: LinkLimits) -> None:
        self.partitions = partitions
        self.calls = 0
        """Answered ones so far."""
        self._servers = servers
        self._limits = limits
        self._is_closed = False

    async def run(self, script: Script, partition: int, *arguments: Argument) -> Any:
        """Raises `Unavailable`."""
        name = self.partitions.names[partition]
        slot = self.partitions.slots[partition]

        async def once() -> Any:
            try:
                return await self._servers.ask(slot, ("EVALSHA", script.sha, 1, name, *arguments))
            except NoScriptError:
                return await self._servers.ask(slot, ("EVAL", script.text, 1, name, *arguments))

        return await self._bounded(once, script.name)

    async def ask(self, partition: int, command: str, key: str, *arguments: Argument) -> Any:
        """A command on one key of a partition, such as seat:ana. Raises `Unavailable`."""
        slot, name = self.partitions.slots[partition], f"{self.partitions.names[partition]}:{key}"

        async def once() -> Any:
            return await self._servers.ask(slot, (command, name, *arguments))

        return await self._bounded(once, command)

    async def advice(self) -> list[str]:
        """What is wrong with the servers' settings, where they tell. Raises `Unavailable`."""
        told: list[str] = await self._bounded(lambda: advice(self._servers, self.partitions), "INFO")
        return told

    async def close(self) -> None:
        self._is_closed = True
        await self._servers.close()

    async def _bounded(self, once: Callable[[], Awaitable[Any]], what: str) -> Any:
        if self._is_closed:
            raise Unavailable("the store is closed")
        try:
            async with asyncio.timeout(self._limits.call_s):
                answer = await self._answered(once)
        except TimeoutError as error:
            raise Unavailable(f"no answer to {what} within {self._limits.call_s} s") from error
        self.calls += 1
        return answer

    async def _answered(self, once: Callable[[], Awaitable[Any]]) -> Any:
        """Until there is an answer, or `call_s` is over."""
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                async with asyncio.timeout(self._limits.try_s):
                    return await once()
            except TimeoutError:
                pass
            except Exception as error:
                if is_lasting(error):
                    raise Unavailable(str(error)) from error
                if not is_passing(error):
                    raise
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, 0.5)
