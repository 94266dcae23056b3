"""A connection to one of the servers, and how long to wait before the next attempt.

valkey 6.2: its `PubSub` connects anew by itself and says nothing of it, so that what was missed would go unnoticed, and its
`listen()` ends after 5 s of silence. Its connections have neither habit.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Protocol

from valkey.asyncio import Connection as PlainConnection
from valkey.asyncio import SSLConnection
from valkey.exceptions import ValkeyError

from lobby.live.valkey_bus.limits import BusLimits
from lobby.stores.valkey.address import Address

FAILED = (ValkeyError, OSError, TimeoutError)
"""What a connection fails with."""


class NoAnswer(OSError):
    """The server took the command, and its answer does not come."""


class Connection(Protocol):
    """What is used of the library's connection."""

    async def connect(self) -> None: ...
    async def disconnect(self, nowait: bool = False) -> None: ...
    async def send_command(self, *args: object) -> None: ...
    async def read_response(self, *, timeout: float | None = None) -> Any:  # noqa: ASYNC109 - the library's own word
        """None: nothing came within `timeout` seconds."""


class Link:
    """One connection at a time, to any server of `address`, another one after each failure."""

    def __init__(self, address: Address, limits: BusLimits) -> None:
        self._address = address
        self._limits = limits
        self._failures = 0
        self._turn = random.randrange(len(address.hosts))  # noqa: S311

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[Connection]:
        """Raises one of `FAILED`. What fails within counts as a failure of the link, too."""
        connection = self._connection(*self._address.hosts[self._turn % len(self._address.hosts)])
        try:
            await connection.connect()
            yield connection
        except FAILED:
            self._failures += 1
            self._turn += 1
            raise
        finally:
            with suppress(*FAILED):
                await connection.disconnect(nowait=True)

    def _connection(self, host: str, port: int) -> Connection:
        make: Any = SSLConnection if self._address.tls else PlainConnection  # the library types neither
        connection: Connection = make(
            host=host,
            port=port,
            db=self._address.db,
            username=self._address.username,
            password=self._address.password,
            socket_timeout=self._limits.answer_s,
        )
        return connection

    def is_sound(self) -> None:
        """It answered: the next failure is a first one."""
        self._failures = 0

    @property
    def is_failing(self) -> bool:
        return self._failures > 0

    @property
    def is_first_failure(self) -> bool:
        return self._failures == 1

    def pause_s(self) -> float:
        """Twice as long after each failure, and anywhere below that: nodes must not come back all at once."""
        longest_s = min(self._limits.backoff_max_s, self._limits.backoff_min_s * 2 ** min(self._failures, 10))
        return random.uniform(longest_s / 2, longest_s)  # noqa: S311


async def answered(connection: Connection, answer_s: float, *command: object) -> Any:
    """The answer to `command`. Raises `NoAnswer`."""
    await connection.send_command(*command)
    answer = await connection.read_response(timeout=answer_s)
    if answer is None:
        raise NoAnswer(f"no answer to {command[0]}")
    return answer
