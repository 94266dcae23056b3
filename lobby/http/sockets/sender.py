"""Sending on a WebSocket."""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import Send

from lobby.http.bounded_send import BoundedSend, Gone
from lobby.http.outlet import Outlet
from lobby.http.sockets.line import SocketLine, TextFrame


class Sender(BoundedSend):
    """One socket's frames of text, and its close."""

    def __init__(
        self, send: Send, stalled_send_s: float, on_stalled: Callable[[], None], outlet: Outlet | None = None
    ) -> None:
        """`outlet`: where the server lets us write past its own queue; None where it doesn't."""
        super().__init__(send, stalled_send_s, on_stalled)
        self._outlet = outlet

    async def text(self, text: str) -> None:
        """Send one text frame. Raises `Gone`."""
        if self._closed:
            raise Gone
        await self._bounded({"type": "websocket.send", "text": text})

    def line(self, form: TextFrame) -> SocketLine:
        """For text that is sent at once, each in a frame of this form."""
        return SocketLine(self._outlet, form)

    def let_go(self) -> None:
        super().let_go()
        self._shut()

    async def close(self, code: int, reason: str, notice: str | None) -> None:
        """Close the socket, the notice ahead of the close; only the first call counts. Never raises
        `Gone`."""
        if self._closed:
            return
        self._closed = True
        self._shut()
        try:
            if notice is not None:
                await self._bounded({"type": "websocket.send", "text": notice})
            await self._bounded({"type": "websocket.close", "code": code, "reason": reason})
        except Gone:
            pass

    def _shut(self) -> None:
        if self._outlet is not None:
            self._outlet.shut()
