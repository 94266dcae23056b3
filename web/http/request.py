"""Reads HTTP requests: headers, request ids and bounded JSON bodies. Rejects a request ahead of the application it is for."""

from __future__ import annotations

import asyncio
import re
import secrets
from codecs import BOM_UTF8
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import count

from starlette.types import Receive, Scope, Send

from lobby.app.errors import BAD_REQUEST, LIMIT_EXCEEDED

Headers = Sequence[tuple[bytes, bytes]]

_BY_NAME = "lobby.headers"
"""The key under which a scope keeps its headers by name after the first look-up: each request needs half a dozen of them."""


class HTTPError(Exception):
    """A request that is refused as HTTP: a status, a code for programs, a message for people, and headers for the status."""

    def __init__(self, status: int, code: str, message: str, headers: Headers = ()) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers


class Disconnected(Exception):
    """The client went away in the middle of its request."""


ANSWER_BYTES_MAX = 2_097_152
"""The default limit of one answer, for all transports. It takes about 5 ms to encode an answer of this length."""


@dataclass(frozen=True, slots=True)
class HTTPLimits:
    """Limits of one HTTP request. A checkpoint (64 KiB of text) fits into `body_bytes_max`, even if JSON escapes all characters
    above ASCII, which takes three times the bytes at most. So do the longest document (20,000 characters) and the attributes of
    the largest party (22 KB) together. `answer_bytes_max` limits the body of the answer."""

    body_bytes_max: int = 204_800
    body_wait_s: float = 10.0
    query_bytes_max: int = 16_384
    query_parameters_max: int = 16
    answer_bytes_max: int = ANSWER_BYTES_MAX


def header(scope: Scope, name: bytes) -> str | None:
    """The header's value, or None. Values of repeated headers are joined by commas, as RFC 9110 (section 5.3) says."""
    by_name: dict[bytes, bytes] | None = scope.get(_BY_NAME)
    if by_name is None:
        by_name = scope[_BY_NAME] = _by_name(scope)
    value = by_name.get(name)
    return value.decode("latin-1") if value is not None else None


def _by_name(scope: Scope) -> dict[bytes, bytes]:
    by_name: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        by_name[name] = b"%b, %b" % (by_name[name], value) if name in by_name else value
    return by_name


REQUEST_ID_HEADER = b"x-request-id"

# What a proxy may send: long enough for a UUID or a trace id, and no character that could forge a line of a log.
_is_valid_request_id = re.compile(r"[A-Za-z0-9._-]{1,64}").fullmatch

# Request ids have to be unique, not hard to guess.
_process_id = secrets.token_hex(4)
_request_count = count(1)


def request_id_of(scope: Scope) -> str:
    """The id by which a request's response, log lines and errors are found: the id that came with the request, if it is valid,
    else a new one."""
    given = header(scope, REQUEST_ID_HEADER)
    return given if given is not None and _is_valid_request_id(given) else new_request_id()


def new_request_id() -> str:
    return f"{_process_id}-{next(_request_count):x}"


_CLOSE = ((b"connection", b"close"),)
_CONTENT_TYPE_CHARS_MAX = 1_024


async def read_body(scope: Scope, receive: Receive, limits: HTTPLimits) -> bytes:
    """The whole body, without a byte order mark of UTF-8, which some libraries write.

    Of a body that is too long, no more is read than shows it.

    Raises `HTTPError` (408, 413, 415) or `Disconnected`.
    """
    encoding = header(scope, b"content-encoding")
    if encoding is not None and encoding.strip().lower() != "identity":
        raise HTTPError(415, "UNSUPPORTED_MEDIA_TYPE", "A body must not be compressed (Content-Encoding).")
    try:
        async with asyncio.timeout(limits.body_wait_s):
            body = await _collect(scope, receive, limits)
    except TimeoutError:
        message = f"The body did not arrive within {limits.body_wait_s:g} s."
        raise HTTPError(408, "REQUEST_TIMEOUT", message, _CLOSE) from None
    return body.removeprefix(BOM_UTF8)


def require_utf8(body: bytes) -> None:
    """Refuse JSON in an encoding other than UTF-8 (`HTTPError`, 400). Python's own reader of JSON takes UTF-16 and UTF-32.

    JSON has no NUL character, and in those encodings each text of ASCII has one.
    """
    if b"\0" in body or not _is_utf8(body):
        raise HTTPError(400, BAD_REQUEST, "JSON is not valid UTF-8.")


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def require_json(content_type: str | None) -> None:
    """Refuse a body that is not declared as JSON in UTF-8 (`HTTPError`, 415). Forms would let pages of other sites post here."""
    if content_type is None or not is_json(content_type[:_CONTENT_TYPE_CHARS_MAX]):
        raise HTTPError(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type must be application/json, in UTF-8.")


@lru_cache(maxsize=64)
def is_json(content_type: str) -> bool:
    """True if a Content-Type header means JSON in UTF-8."""
    media, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charsets = {p.removeprefix("charset=").strip('"') for p in parameters if p.startswith("charset=")}
    return media == "application/json" and charsets <= {"utf-8", "utf8"}


def declared_bytes(content_length: str | None) -> int:
    """The length of a body by its Content-Length header; 0 without one."""
    return int(content_length[:18]) if content_length and content_length.isdecimal() else 0


async def _collect(scope: Scope, receive: Receive, limits: HTTPLimits) -> bytes:
    if declared_bytes(header(scope, b"content-length")) > limits.body_bytes_max:
        raise _too_large(limits)
    chunks: list[bytes] = []
    size_bytes, has_more = 0, True
    while has_more:
        chunk, has_more = await _next_chunk(receive)
        size_bytes += len(chunk)
        if size_bytes > limits.body_bytes_max:
            raise _too_large(limits)
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def _next_chunk(receive: Receive) -> tuple[bytes, bool]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Disconnected
    return message.get("body", b""), message.get("more_body", False)


def _too_large(limits: HTTPLimits) -> HTTPError:
    return HTTPError(413, LIMIT_EXCEEDED, f"A body has at most {limits.body_bytes_max} bytes.", _CLOSE)


_REJECTED_HANDSHAKE_WAIT_S = 5.0


async def send_rejection(
    scope: Scope, receive: Receive, send: Send, status: int, body: bytes, headers: Headers = ()
) -> None:
    """Send `status` with `body`. The body of the request is not read. `headers`: with the content-type.

    On a server without ASGI's extension for this (Websocket Denial Response), the client of a socket gets a 403 without a body.
    """
    is_socket = scope["type"] == "websocket"
    if is_socket:
        await receive()
        if "websocket.http.response" not in (scope.get("extensions") or {}):
            await send({"type": "websocket.close"})
            return
    kind = "websocket.http.response" if is_socket else "http.response"
    all_headers = [(b"content-length", b"%d" % len(body)), (b"cache-control", b"no-store"), *headers]
    await send({"type": f"{kind}.start", "status": status, "headers": all_headers})
    await send({"type": f"{kind}.body", "body": body})
    if is_socket:
        await _wait_for_disconnect(receive)


async def _wait_for_disconnect(receive: Receive) -> None:
    """Wait until the connection of a rejected handshake is gone.

    If the application returns earlier, uvicorn 0.54 takes the handshake for unanswered, logs an error and sends a second
    response. It reports the disconnect once when the response is sent, and once when the connection is gone.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(_REJECTED_HANDSHAKE_WAIT_S):
            await receive()
            await receive()
