"""Dropping a connection at once, with all that waits to be sent: the way out when the other end has stopped reading."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import cast

from starlette.types import Scope

CONNECTION_EXTENSION = "lobby.connection"
"""An ASGI extension of ours, the server's own object for the connection: `abort()` drops it; on a socket, `outlet` is the way
out past ASGI."""

Abort = Callable[[], None]

_DROP_UNSENT = struct.pack("ii", 1, 0)
"""`struct linger`: on, for no time."""


def abort_of(scope: Scope) -> Abort | None:
    """How to abort this connection; None on a server that doesn't let us."""
    extension = (scope.get("extensions") or {}).get(CONNECTION_EXTENSION)
    return cast(Abort, extension.abort) if extension is not None else None


def abort(transport: asyncio.Transport) -> None:
    """Drop the connection, with what waits here and in the operating system."""
    connection = transport.get_extra_info("socket")
    if connection is not None:
        # Without it the kernel would go on offering its share of the buffers to a client that doesn't read.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _DROP_UNSENT)
    transport.abort()
