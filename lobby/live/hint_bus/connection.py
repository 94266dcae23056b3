"""Connects to one of the servers, and says how long to wait before the next attempt.

The `PubSub` of valkey 6.2 reconnects silently, so lost messages would go unnoticed, and its `listen()` ends after 5 s of
silence. The connections of the library do neither. Their own time limit is off: with it a task of its own sends each command.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Protocol

from valkey.asyncio import Connection as PlainConnection
from valkey.asyncio import SSLConnection
from valkey.exceptions import ValkeyError

from lobby.live.hint_bus.messages import BusLimits
from lobby.stores.valkey.address import Address

CONNECTION_ERRORS = (ValkeyError, OSError, TimeoutError)
"""The errors of a connection."""


class NoAnswer(OSError):
    """The server took the command, but no answer came in time."""


class Connection(Protocol):
    """The methods of the connection of the library that are used here."""

    async def connect(self) -> None: ...
    async def disconnect(self, nowait: bool = False) -> None: ...
    async def send_command(self, *args: object) -> None: ...
    async def read_response(self, *, timeout: float | None = None) -> Any:  # noqa: ASYNC109 - the library's own word
        """None: nothing came within `timeout` seconds. Without a `timeout` it waits for ever."""


class BusConnector:
    """Opens one connection at a time, to any server of `address`; after each failure to another one."""

    def __init__(self, address: Address, limits: BusLimits) -> None:
        self._address = address
        self._limits = limits
        self._failures = 0
        self._next_host = random.randrange(len(address.hosts))  # noqa: S311

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Connection]:
        """Raises one of `CONNECTION_ERRORS`. Such an error within the context counts as a failure, too."""
        connection = self._new_connection(*self._address.hosts[self._next_host % len(self._address.hosts)])
        try:
            async with asyncio.timeout(self._limits.answer_s):
                await connection.connect()
            yield connection
        except CONNECTION_ERRORS:
            self._failures += 1
            self._next_host += 1
            raise
        finally:
            with suppress(*CONNECTION_ERRORS):
                await connection.disconnect(nowait=True)

    def _new_connection(self, host: str, port: int) -> Connection:
        make: Any = SSLConnection if self._address.tls else PlainConnection  # the library types neither
        connection: Connection = make(
            host=host,
            port=port,
            db=self._address.db,
            username=self._address.username,
            password=self._address.password,
            socket_timeout=None,
            socket_connect_timeout=self._limits.answer_s,
        )
        return connection

    def record_success(self) -> None:
        """The server answered: the next failure counts as the first one."""
        self._failures = 0

    @property
    def is_failing(self) -> bool:
        return self._failures > 0

    @property
    def is_first_failure(self) -> bool:
        return self._failures == 1

    def pause_s(self) -> float:
        """The time until the next attempt: it doubles with each failure, with jitter, so that nodes do not reconnect together."""
        longest_s = min(self._limits.backoff_max_s, self._limits.backoff_min_s * 2 ** min(self._failures, 10))
        return random.uniform(longest_s / 2, longest_s)  # noqa: S311


async def call(connection: Connection, answer_s: float, *command: object) -> Any:
    """Send `command` and return its answer. Raises `NoAnswer` after `answer_s`; then the connection can't be used any more."""
    try:
        async with asyncio.timeout(answer_s):
            await connection.send_command(*command)
            return await connection.read_response()
    except TimeoutError:
        raise NoAnswer(f"no answer to {command[0]}") from None
