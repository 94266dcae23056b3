"""The hook in the HTTP protocol for requests that are answered without ASGI.

The plain server has no interceptor: then every request goes through httptools and ASGI, the slow path.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Protocol

from web.http.request import Headers

STATUS_LINES = {status.value: b"HTTP/1.1 %d %b\r\n" % (status, status.phrase.encode()) for status in HTTPStatus}
"""The first lines of HTTP/1.1 responses, by status."""


def plain_response(status: int, reason: str) -> bytes:
    """A whole HTTP/1.1 response of plain text, after which the connection ends."""
    body = reason.encode("ascii")
    headers = b"content-type: text/plain\r\nconnection: close\r\nretry-after: 1\r\ncontent-length: %d\r\n\r\n"
    return STATUS_LINES[status] + headers % len(body) + body


class EncodableResponse(Protocol):
    """A response that can be written to the connection as it is."""

    def as_bytes(self, request_id: str, more_headers: Headers) -> bytes:
        """The whole HTTP/1.1 response. `more_headers` are those that the server adds to every response."""


PendingResponse = Coroutine[None, None, tuple[EncodableResponse, str]]
"""Gives a response and its request id. Raises nothing but a cancellation."""


class RequestInterceptor(Protocol):
    """Answers some requests from their bytes. One object serves all connections of a server."""

    def try_handle(self, request: bytes, address_of: Callable[[str | None], str]) -> PendingResponse | None:
        """The pending response to a request, or None for the slow path: then nothing has happened yet.

        `request` is what has arrived since the last request ended. `address_of` gives the client's address from the value of
        the X-Forwarded-For header (None if there is no such header).
        """

    def unknown_head(self, request: bytes) -> bytes | None:
        """The head of `request`, if the interceptor wants to know what the parser reads from it."""

    def learn(self, head: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        """Remember the headers that the parser read from an unknown head."""
