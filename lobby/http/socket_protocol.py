"""uvicorn's WebSocket protocol, with a way out when the other end has stopped reading.

uvicorn 0.54 closes a connection by closing its transport, which first waits for the write buffer to drain.
Where the client reads no more that never happens, and the connection is kept, application task and all, in
spite of the pings.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Sequence
from typing import Any, cast

from starlette.types import Scope
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request
from websockets.protocol import State

from lobby.http.abort import CONNECTION_EXTENSION, abort

SendNow = Callable[[Sequence[bytes]], bool]
"""Sends one text frame at once, its UTF-8 given in parts; False where the client is slow or gone, and nothing is sent."""

_TEXT_FRAME = 0x81
"""FIN and the opcode of text (RFC 6455, section 5.2). Frames from a server are not masked."""


def send_now_of(scope: Scope) -> SendNow | None:
    """How to send at once on this connection; None on a server that doesn't let us."""
    extension = (scope.get("extensions") or {}).get(CONNECTION_EXTENSION)
    return cast(SendNow, extension["send_now"]) if extension is not None else None


class SocketProtocol(WebSocketsSansIOProtocol):
    """For uvicorn's `ws` setting."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._last_resort: asyncio.TimerHandle | None = None
        self._is_full = False
        self._is_over = False
        """What `writable` and `conn.state` say, without asking them for every frame: with 500 sockets to write to, each object
        that is looked at on the way is one that has to come out of the memory first."""
        self.on_lost: Callable[[], None] | None = None
        """Called at the end: whoever counted the connection has to know of it."""

    def abort(self) -> None:
        abort(self.transport)

    def send_now(self, parts: Sequence[bytes]) -> bool:
        """Send one text frame past websockets' own machinery, which takes half the time of a send.

        The machinery needs to know nothing of it: a frame that is whole leaves no state behind.
        """
        if self._is_full or self._is_over or self.close_sent or self.disconnected or not self.handshake_complete:
            return False
        self.transport.write(b"".join((_frame_head(sum(map(len, parts))), *parts)))
        return True

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._is_over = self.conn.state in (State.CLOSING, State.CLOSED)

    def shutdown(self) -> None:
        self._is_over = True
        super().shutdown()

    def pause_writing(self) -> None:
        self._is_full = True
        super().pause_writing()

    def resume_writing(self) -> None:
        self._is_full = False
        super().resume_writing()

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        # The application's task exists by now and has not run yet. A refused handshake has neither task nor
        # scope.
        if not self.handshake_complete:
            # Nobody asks for the request again, and its headers would be kept twice for as long as the socket is open; the
            # parser of websockets keeps the request itself.
            self.request = None  # type: ignore[assignment]
            event.headers.clear()
            self.scope["extensions"][CONNECTION_EXTENSION] = {"abort": self.abort, "send_now": self.send_now}

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        if self.transport.get_write_buffer_size():
            self.abort()

    async def run_asgi(self) -> None:
        await super().run_asgi()
        if not self.disconnected:
            self._last_resort = self.loop.call_later(self.close_timeout, self.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._last_resort is not None:
            self._last_resort.cancel()
        if self.on_lost is not None:
            self.on_lost()

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text" and not _is_utf8(self.frames):
            # uvicorn would log a stranger's bad bytes as an error of ours, with a traceback.
            self.frames = []
            self.conn.send_close(1007)
            self.handle_parser_exception()
            return
        super().send_receive_event_to_app()


def _frame_head(length: int) -> bytes:
    if length < 126:
        return bytes((_TEXT_FRAME, length))
    if length < 65_536:
        return struct.pack("!BBH", _TEXT_FRAME, 126, length)
    return struct.pack("!BBQ", _TEXT_FRAME, 127, length)


def _is_utf8(frames: list[bytes]) -> bool:
    try:
        (frames[0] if len(frames) == 1 else b"".join(frames)).decode()
    except UnicodeDecodeError:
        return False
    return True
