"""What comes in on a socket, one frame after the other."""

from __future__ import annotations

from starlette.types import Receive

from lobby.http.sockets.closing import MESSAGE_TOO_BIG, Closing


async def next_frame(receive: Receive, bytes_max: int) -> bytes | str | None:
    """The next frame, None once the client is gone. A binary frame is as good as one of text: some clients
    send no other. Raises `Closing` (1009)."""
    message = await receive()
    if message["type"] == "websocket.disconnect":
        return None
    frame: bytes | str = message.get("text") or message.get("bytes") or ""
    if len(frame) > bytes_max:
        raise Closing(MESSAGE_TOO_BIG, f"A message has at most {bytes_max} bytes.")
    return frame
