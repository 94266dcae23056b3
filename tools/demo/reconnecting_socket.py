"""A player's WebSocket, connected again whenever it is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager

from tools.demo.answers import NoAnswer
from tools.demo.socket_client import SocketClient

ATTEMPTS_MAX = 5
RETRY_AFTER_S = 0.5
CONNECT_WAIT_S = 20.0


class ReconnectingSocket:
    """`client` returns the open connection. `keep_open` must run beside it for as long as one is needed.

    `return_after_s` is the pause before the next connection, which a server that stops asks for.
    """

    def __init__(
        self, connect: Callable[[], AbstractAsyncContextManager[SocketClient]], attempts_max: int = ATTEMPTS_MAX
    ) -> None:
        self._connect = connect
        self._attempts_max = attempts_max
        self._client: SocketClient | None = None
        self._is_open = asyncio.Event()
        self._is_wanted = asyncio.Event()
        self._is_wanted.set()
        self.return_after_s = 0.0

    async def client(self) -> SocketClient:
        """Wait until the socket is connected. Raises `TimeoutError` after `CONNECT_WAIT_S`."""
        async with asyncio.timeout(CONNECT_WAIT_S):
            await self._is_open.wait()
        assert self._client is not None
        return self._client

    async def keep_open(self) -> None:
        """Connect again and again, until cancelled. Raises `NoAnswer` after `attempts_max` failures in a row."""
        failures = 0
        while True:
            await self._is_wanted.wait()
            await asyncio.sleep(self.return_after_s)
            self.return_after_s = 0.0
            try:
                await self._use_one()
                failures = 0
            except NoAnswer:
                failures += 1
                if failures == self._attempts_max:
                    raise
                await asyncio.sleep(RETRY_AFTER_S)

    async def _use_one(self) -> None:
        async with self._connect() as client:
            self._client = client
            self._is_open.set()
            try:
                await client.lost.wait()
            finally:
                self._is_open.clear()

    @contextmanager
    def offline(self) -> Iterator[None]:
        """Drop the connection as a dead network would, and connect again at the end of the block."""
        self._is_wanted.clear()
        if self._client is not None:
            self._client.cut()
        try:
            yield
        finally:
            self._is_wanted.set()
