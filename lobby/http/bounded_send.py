"""Sending to a client that may have stopped reading."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.types import Message, Send


class Gone(Exception):
    """The connection is closed, so nothing can be sent any more."""


class BoundedSend:
    """Sends with a deadline: when nothing gets through for `stalled_send_s`, `on_stalled` is called, once.

    One timer watches all sends of a connection, since a deadline for each would cost more than most sends do.
    It runs only while a send waits.
    """

    def __init__(self, send: Send, stalled_send_s: float, on_stalled: Callable[[], None]) -> None:
        self._send = send
        self._stalled_send_s = stalled_send_s
        self._on_stalled = on_stalled
        self._loop = asyncio.get_running_loop()
        self._waiting = 0
        self._progress_at_s = 0.0
        self._watch: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def is_closed(self) -> bool:
        return self._closed

    def let_go(self) -> None:
        """The connection is over. The timer would hold it, transport and all, for as long as a send may stall."""
        self._closed = True
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    async def _bounded(self, message: Message) -> None:
        """Raises `Gone`."""
        self._begin()
        try:
            await self._send(message)
        except OSError as error:
            # ASGI (HTTP & WebSocket, 2.4): servers raise a kind of OSError once the client is gone.
            raise Gone from error
        finally:
            self._end()

    def _begin(self) -> None:
        if not self._waiting:
            self._progress_at_s = self._loop.time()
            if self._watch is None:
                self._watch = self._loop.call_later(self._stalled_send_s, self._look)
        self._waiting += 1

    def _end(self) -> None:
        self._waiting -= 1
        self._progress_at_s = self._loop.time()

    def _look(self) -> None:
        self._watch = None
        if not self._waiting:
            return
        due_at_s = self._progress_at_s + self._stalled_send_s
        if due_at_s > self._loop.time():
            self._watch = self._loop.call_at(due_at_s, self._look)
        else:
            self._closed = True
            self._on_stalled()
