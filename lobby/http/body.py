"""Reading a request's body: JSON, bounded in size and in time."""

from __future__ import annotations

import asyncio
from functools import lru_cache

from starlette.types import Receive, Scope

from lobby.http.headers import header
from lobby.http.limits import HTTPLimits
from lobby.http.refusal import Refusal
from lobby.operations.errors import LIMIT_EXCEEDED

_CLOSE = ((b"connection", b"close"),)
_CONTENT_TYPE_CHARS_MAX = 1_024


class Disconnected(Exception):
    """The client went away in the middle of its request."""


async def read_body(scope: Scope, receive: Receive, limits: HTTPLimits) -> bytes:
    """The whole body; of one that is too long no more than shows it. Raises `Refusal` (408, 413, 415) or `Disconnected`."""
    encoding = header(scope, b"content-encoding")
    if encoding is not None and encoding.strip().lower() != "identity":
        raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", "A body must not be compressed (Content-Encoding).")
    try:
        async with asyncio.timeout(limits.body_wait_s):
            return await _collect(scope, receive, limits)
    except TimeoutError:
        message = f"The body did not arrive within {limits.body_wait_s:g} s."
        raise Refusal(408, "REQUEST_TIMEOUT", message, _CLOSE) from None


def require_json(content_type: str | None) -> None:
    """Refuse a body that does not say it is JSON in UTF-8. A form would also let foreign pages post to us."""
    if content_type is None or not is_json(content_type[:_CONTENT_TYPE_CHARS_MAX]):
        raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type must be application/json, in UTF-8.")


async def _collect(scope: Scope, receive: Receive, limits: HTTPLimits) -> bytes:
    if declared_bytes(header(scope, b"content-length")) > limits.body_bytes_max:
        raise _too_large(limits)
    chunks: list[bytes] = []
    size_bytes, more = 0, True
    while more:
        chunk, more = await _next_chunk(receive)
        size_bytes += len(chunk)
        if size_bytes > limits.body_bytes_max:
            raise _too_large(limits)
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def declared_bytes(content_length: str | None) -> int:
    """How long a body is by its Content-Length header; 0 without one."""
    return int(content_length[:18]) if content_length and content_length.isdecimal() else 0


async def _next_chunk(receive: Receive) -> tuple[bytes, bool]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Disconnected
    return message.get("body", b""), message.get("more_body", False)


def _too_large(limits: HTTPLimits) -> Refusal:
    return Refusal(413, LIMIT_EXCEEDED, f"A body has at most {limits.body_bytes_max} bytes.", _CLOSE)


@lru_cache(maxsize=64)
def is_json(content_type: str) -> bool:
    """Whether a Content-Type header says JSON in UTF-8."""
    media, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charsets = {p.removeprefix("charset=").strip('"') for p in parameters if p.startswith("charset=")}
    return media == "application/json" and charsets <= {"utf-8", "utf8"}
