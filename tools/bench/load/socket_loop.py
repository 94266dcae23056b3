"""An event loop for many sockets. asyncio would need more time for a frame than the measured servers do."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self


class SocketLoop:
    """Calls the callback of each socket that becomes readable."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._callbacks: dict[int, Callable[[], None]] = {}

    def add(self, readable: socket.socket, on_readable: Callable[[], None]) -> None:
        self._callbacks[readable.fileno()] = on_readable
        self._epoll.register(readable, select.EPOLLIN)

    def poll(self, wait_s: float) -> None:
        """Wait up to `wait_s` until a socket is readable, then call back for all that are."""
        for fd, _ in self._epoll.poll(max(0.0, wait_s)):
            self._callbacks[fd]()

    def run_until(self, is_done: Callable[[], bool], wait_s: float) -> bool:
        """Poll until `is_done`. False if that takes longer than `wait_s`."""
        deadline_s = time.perf_counter() + wait_s
        while not is_done():
            left_s = deadline_s - time.perf_counter()
            if left_s <= 0:
                return False
            self.poll(left_s)
        return True

    def run_for(self, seconds: float) -> None:
        """Poll for this time."""
        self.run_until(lambda: False, seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._epoll.close()
