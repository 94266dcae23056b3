"""Sending on a WebSocket."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from starlette.types import Send

from lobby.http.bounded_send import BoundedSend, Gone
from lobby.http.socket_protocol import SendNow


class Sender(BoundedSend):
    """One socket's frames of text, and its close."""

    def __init__(
        self, send: Send, stalled_send_s: float, on_stalled: Callable[[], None], send_now: SendNow | None = None
    ) -> None:
        """`send_now`: how the server lets us send past its own queue; None where it doesn't."""
        super().__init__(send, stalled_send_s, on_stalled)
        self._send_now = send_now

    async def text(self, text: str) -> None:
        """Send one text frame. Raises `Gone`."""
        if self._closed:
            raise Gone
        await self._bounded({"type": "websocket.send", "text": text})

    def text_now(self, parts: Sequence[bytes]) -> bool:
        """Send one text frame at once; False where that can't be, since the client is slow or gone."""
        return self._send_now is not None and not self._closed and self._send_now(parts)

    async def close(self, code: int, reason: str, notice: str | None) -> None:
        """Close the socket, the notice ahead of the close; only the first call counts. Never raises
        `Gone`."""
        if self._closed:
            return
        self._closed = True
        try:
            if notice is not None:
                await self._bounded({"type": "websocket.send", "text": notice})
            await self._bounded({"type": "websocket.close", "code": code, "reason": reason})
        except Gone:
            pass
