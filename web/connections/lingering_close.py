"""The end of a connection whose request has been answered before all of it was read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast


class LingeringClose:
    """Takes the place of the transport of a request that may be longer than the server will read.

    Closing a connection that has unread data resets it, and a client that still writes would see the reset instead of the
    response. So the response is followed by the end of our direction (FIN), the rest of the request stays in the
    kernel's buffers, and the connection is aborted a while later. That costs the server one timer, however long the request is.
    """

    def __init__(
        self, transport: asyncio.Transport, is_unread: Callable[[], bool], abort_later: Callable[[], None]
    ) -> None:
        """`abort_later` is called once the response has been written: it stops the reading and sets the timer."""
        self._transport = transport
        self._is_unread = is_unread
        self._abort_later = abort_later

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def close(self) -> None:
        # TLS has no end of one direction.
        if self.is_closing() or not self._is_unread() or not self._transport.can_write_eof():
            self._transport.close()
        else:
            self._transport.write_eof()
            self._abort_later()


def as_transport(lingering: LingeringClose) -> asyncio.Transport:
    """The type that uvicorn wants: its `RequestResponseCycle` (0.54) calls no other method of a transport."""
    return cast(asyncio.Transport, lingering)
