"""The hook in the HTTP protocol for requests that are answered without ASGI.

The plain server has no interceptor: then every request goes through httptools and ASGI, the slow path.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from functools import partial
from http import HTTPStatus
from types import coroutine
from typing import Any, Protocol, cast

from lobby.struct import Struct
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


Respond = Coroutine[Any, None, tuple[EncodableResponse, str]]
"""Gives a response and its request id. Raises nothing except a cancellation."""


class PendingResponse(Struct):
    """A response that nobody has begun to make yet.

    Most queries never wait, because all that they read is in memory. A task for each of them would cost 2 us. So a response that
    `may_begin_without_task` is made without one up to its first wait, and with one from there on. Before its first wait it must
    use nothing that needs a task, such as `asyncio.timeout`.
    """

    respond: Respond
    may_begin_without_task: bool = False


@coroutine
def _resume(begun: Respond, waits_for: object) -> Generator[object, None, tuple[EncodableResponse, str]]:
    while True:
        try:
            yield waits_for
        except BaseException as error:  # a cancellation, and the close of this generator
            step = partial(begun.throw, error)
        else:
            step = partial(begun.send, None)
        try:
            waits_for = step()
        except StopIteration as end:
            return cast("tuple[EncodableResponse, str]", end.value)


def resume(begun: Respond, waits_for: object) -> Respond:
    """The rest of a response that was begun without a task. `waits_for`: the future that it waits for."""
    return cast(Respond, _resume(begun, waits_for))


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
