"""The end of a connection whose request is answered without having been read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast


class UnreadTransport:
    """Stands in for the transport of a request that may be longer than anybody will read.

    To close a connection with unread data resets it, and the client, still writing, would see the reset in place of the answer.
    So the answer is followed by our end of the connection (FIN), what the client goes on to send stays in the kernel's buffers,
    and all is dropped a while later. That costs the server a timer, however long the request is.
    """

    def __init__(
        self, transport: asyncio.Transport, is_unread: Callable[[], bool], drop_later: Callable[[], None]
    ) -> None:
        """`drop_later` is called once the answer is on its way; it takes care that nothing more is read, and of the end."""
        self._transport = transport
        self._is_unread = is_unread
        self._drop_later = drop_later

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def close(self) -> None:
        if self.is_closing() or not self._is_unread():
            self._transport.close()
        else:
            self._transport.write_eof()
            self._drop_later()


def standing_in(unread: UnreadTransport) -> asyncio.Transport:
    """As uvicorn takes it: `RequestResponseCycle` asks no more of a transport (uvicorn 0.54)."""
    return cast(asyncio.Transport, unread)
