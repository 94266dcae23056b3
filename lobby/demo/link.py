"""A player's one connection, made again whenever it is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager

from lobby.demo.answers import NoAnswer
from lobby.demo.socket_client import SocketClient

ATTEMPTS_MAX = 5
RETRY_AFTER_S = 0.5
LINK_WAIT_S = 20.0


class Link:
    """`client` gives the connection of the moment; `keep` has to run beside it for as long as one is wanted.

    `return_after_s` is for whoever hears from the server that it is about to go: the pause before the next connection.
    """

    def __init__(self, connected: Callable[[], AbstractAsyncContextManager[SocketClient]]) -> None:
        self._connected = connected
        self._client: SocketClient | None = None
        self._open = asyncio.Event()
        self._wanted = asyncio.Event()
        self._wanted.set()
        self.return_after_s = 0.0

    async def client(self) -> SocketClient:
        """The connection, once there is one. Raises `TimeoutError` when there is none for `LINK_WAIT_S`."""
        async with asyncio.timeout(LINK_WAIT_S):
            await self._open.wait()
        assert self._client is not None
        return self._client

    async def keep(self) -> None:
        """Runs until cancelled. Raises `NoAnswer` after `ATTEMPTS_MAX` attempts in a row that led nowhere."""
        attempts = 0
        while True:
            await self._wanted.wait()
            await asyncio.sleep(self.return_after_s)
            self.return_after_s = 0.0
            try:
                await self._keep_one()
                attempts = 0
            except NoAnswer:
                attempts += 1
                if attempts == ATTEMPTS_MAX:
                    raise
                await asyncio.sleep(RETRY_AFTER_S)

    async def _keep_one(self) -> None:
        async with self._connected() as client:
            self._client = client
            self._open.set()
            try:
                await client.lost.wait()
            finally:
                self._open.clear()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Lose the connection as in a tunnel: it is gone at once, and comes again at the end of the block."""
        self._wanted.clear()
        if self._client is not None:
            self._client.cut()
        try:
            yield
        finally:
            self._wanted.set()
