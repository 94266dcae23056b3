"""uvicorn's WebSocket protocol, with a way out when the other end has stopped reading.

uvicorn 0.54 closes a connection by closing its transport, which first waits for the write buffer to drain.
Where the client reads no more that never happens, and the connection is kept, application task and all, in
spite of the pings.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request
from websockets.protocol import State

from lobby.http.abort import CONNECTION_EXTENSION, abort
from lobby.http.outlet import Outlet


class SocketProtocol(WebSocketsSansIOProtocol):
    """For uvicorn's `ws` setting."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._last_resort: asyncio.TimerHandle | None = None
        self.on_lost: Callable[[], None] | None = None
        """Called at the end: whoever counted the connection has to know of it."""

    def abort(self) -> None:
        abort(self.transport)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.outlet = Outlet(self.transport.write)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.state in (State.CLOSING, State.CLOSED):
            self.outlet.shut()

    def shutdown(self) -> None:
        self.outlet.shut()
        super().shutdown()

    def pause_writing(self) -> None:
        super().pause_writing()
        self.outlet.fill()

    def resume_writing(self) -> None:
        super().resume_writing()
        self.outlet.drain()

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        # The application's task exists by now and has not run yet. A refused handshake has neither task nor
        # scope.
        if not self.handshake_complete:
            # Nobody asks for the request again, and its headers would be kept twice for as long as the socket is open; the
            # parser of websockets keeps the request itself.
            self.request = None  # type: ignore[assignment]
            event.headers.clear()
            self.scope["extensions"][CONNECTION_EXTENSION] = cast(Any, self)

    def keepalive_timeout(self) -> None:
        self.outlet.shut()
        super().keepalive_timeout()
        if self.transport.get_write_buffer_size():
            self.abort()

    async def run_asgi(self) -> None:
        await super().run_asgi()
        if not self.disconnected:
            self._last_resort = self.loop.call_later(self.close_timeout, self.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        self.outlet.shut()
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


def _is_utf8(frames: list[bytes]) -> bool:
    try:
        (frames[0] if len(frames) == 1 else b"".join(frames)).decode()
    except UnicodeDecodeError:
        return False
    return True
