"""Waiting for many sockets at once; asyncio would take longer over a frame than the servers do."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self


class Loop:
    """Calls what belongs to a socket when the socket is readable."""

    def __init__(self) -> None:
        self._ready = select.epoll()
        self._calls: dict[int, Callable[[], None]] = {}

    def add(self, readable: socket.socket, call: Callable[[], None]) -> None:
        self._calls[readable.fileno()] = call
        self._ready.register(readable, select.EPOLLIN)

    def turn(self, wait_s: float) -> None:
        """Wait for up to `wait_s` until something is readable, and read all that is."""
        for fd, _ in self._ready.poll(max(0.0, wait_s)):
            self._calls[fd]()

    def until(self, is_done: Callable[[], bool], wait_s: float) -> bool:
        """Turn until `is_done`; False if that took longer than `wait_s`."""
        latest_s = time.perf_counter() + wait_s
        while not is_done():
            left_s = latest_s - time.perf_counter()
            if left_s <= 0:
                return False
            self.turn(left_s)
        return True

    def read_for(self, seconds: float) -> None:
        """Turn for so long, whatever comes."""
        self.until(lambda: False, seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ready.close()
