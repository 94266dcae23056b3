"""From a frame of a socket to the message in it."""

from __future__ import annotations

from lobby.http.graphql_ws.dialect import Dialect
from lobby.http.graphql_ws.messages import MalformedMessage, Message
from lobby.operations.json_text import MalformedJson, decode_json


def read_message(frame: bytes | str, dialect: Dialect) -> Message:
    """Raises `MalformedMessage`."""
    try:
        decoded = decode_json(frame)
    except MalformedJson as error:
        raise MalformedMessage(str(error)) from None
    if not isinstance(decoded, dict):
        raise MalformedMessage("A message must be a JSON object.")
    return dialect.read(decoded)
