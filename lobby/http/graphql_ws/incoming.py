"""What comes in on a socket, one message after the other."""

from __future__ import annotations

from starlette.types import Receive

from lobby.http.graphql_ws.closing import MESSAGE_TOO_BIG, Closing
from lobby.http.graphql_ws.dialect import Dialect
from lobby.http.graphql_ws.messages import MalformedMessage, Message
from lobby.operations.json_text import MalformedJson, decode_json


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


def read_message(frame: bytes | str, dialect: Dialect) -> Message:
    """Raises `MalformedMessage`."""
    try:
        decoded = decode_json(frame)
    except MalformedJson as error:
        raise MalformedMessage(str(error)) from None
    if not isinstance(decoded, dict):
        raise MalformedMessage("A message must be a JSON object.")
    return dialect.read(decoded)
