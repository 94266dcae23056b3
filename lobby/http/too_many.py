"""The answer to who asks too often for being looked at."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from math import ceil

from starlette.types import Receive, Scope, Send

from lobby.http.admission import too_often
from lobby.operations.json_text import encode_json

_STATUS = 429
_LOST_WAIT_S = 5.0


async def refuse(scope: Scope, receive: Receive, send: Send, wait_ms: int) -> None:
    """Too Many Requests (RFC 6585, 4), in the shape of a GraphQL result, to a request or to a socket's handshake; nothing of a
    body is read. A web page of any origin may know why: the browser lets it read no other answer."""
    kind = "http.response"
    if scope["type"] == "websocket":
        kind = "websocket.http.response"
        await receive()
    body = encode_json(too_often(wait_ms))
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"retry-after", b"%d" % ceil(wait_ms / 1000)),
        (b"cache-control", b"no-store"),
        (b"access-control-allow-origin", b"*"),
        (b"access-control-expose-headers", b"Retry-After"),
    ]
    await send({"type": f"{kind}.start", "status": _STATUS, "headers": headers})
    await send({"type": f"{kind}.body", "body": body})
    if scope["type"] == "websocket":
        await _lost(receive)


async def _lost(receive: Receive) -> None:
    """uvicorn 0.54 takes a handshake that is refused like this for one without an answer, logs an error and sends a second one,
    unless the connection is gone when the application returns. It tells of the end once by itself, and once when it is so."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_LOST_WAIT_S):
            await receive()
            await receive()
