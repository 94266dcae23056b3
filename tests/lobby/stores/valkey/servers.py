"""Faults between a store and its servers: a reply gets lost, or the node dies between two calls."""

from __future__ import annotations

import asyncio
from typing import Any

from valkey.exceptions import ConnectionError, ResponseError

from lobby.stores.valkey.client import Servers
from lobby.stores.valkey.connection import Argument


class LosingReplies:
    """The next `count` calls are done, but their replies get lost. `script`: only calls of this one."""

    def __init__(self, servers: Servers) -> None:
        self.count = 0
        self.script: str | None = None
        self._servers = servers

    async def call(self, slot: int, command: tuple[Argument, ...]) -> Any:
        answer = await self._servers.call(slot, command)
        if self.count > 0 and (self.script is None or self.script in command):
            self.count -= 1
            raise ConnectionError("the test lost this reply")
        return answer

    async def close(self) -> None:
        await self._servers.close()


class DyingNode:
    """After `calls_left` more calls the node is dead: none of its calls arrives."""

    def __init__(self, servers: Servers) -> None:
        self.calls_left: int | None = None
        self._servers = servers

    async def call(self, slot: int, command: tuple[Argument, ...]) -> Any:
        if self.calls_left is not None:
            if self.calls_left == 0:
                raise ResponseError("NOREPLICAS for the dead")  # none that is tried again
            self.calls_left -= 1
        return await self._servers.call(slot, command)

    async def close(self) -> None:
        await self._servers.close()


class LateReply:
    """The next call is done, but its reply only arrives after `arrive`. Other calls are not delayed."""

    def __init__(self, servers: Servers) -> None:
        self.is_held = asyncio.Event()
        self._arrives = asyncio.Event()
        self._servers = servers

    def arrive(self) -> None:
        self._arrives.set()

    async def call(self, slot: int, command: tuple[Argument, ...]) -> Any:
        answer = await self._servers.call(slot, command)
        if not self.is_held.is_set():
            self.is_held.set()
            await self._arrives.wait()
        return answer

    async def close(self) -> None:
        await self._servers.close()


class SlowCalls:
    """Each call takes `delay_s` more."""

    def __init__(self, servers: Servers) -> None:
        self.delay_s = 0.0
        self._servers = servers

    async def call(self, slot: int, command: tuple[Argument, ...]) -> Any:
        await asyncio.sleep(self.delay_s)
        return await self._servers.call(slot, command)

    async def close(self) -> None:
        await self._servers.close()
