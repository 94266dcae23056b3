"""A thread for work that waits for the disk."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from lobby.ports import Unavailable

Result = TypeVar("Result")

WAITING_MAX = 1_000
"""Jobs that may wait for one thread; at a fraction of a millisecond each, more would only time out elsewhere."""


class Worker:
    """One thread with one connection: what is given to it is done in that order, one after the other."""

    def __init__(self, name: str, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._connection: sqlite3.Connection | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._waiting = 0
        self._is_closed = False

    async def do(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Raises `Unavailable` for whatever the file or the disk refuses."""
        if self._is_closed or self._waiting >= WAITING_MAX:
            raise Unavailable("the store is closed" if self._is_closed else "too much waits for the disk")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, work)
        except (sqlite3.Error, OSError) as error:
            raise Unavailable(f"{type(error).__name__}: {error}") from error
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """After what waits is done."""
        self._is_closed = True
        await asyncio.get_running_loop().run_in_executor(self._thread, self._disconnect)
        self._thread.shutdown()

    def _run(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        if self._connection is None:
            self._connection = self._connect()
        try:
            return work(self._connection)
        except sqlite3.Error:
            self._disconnect()  # whatever state it is in: the next one begins anew
            raise

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
