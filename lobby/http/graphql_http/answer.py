"""An HTTP answer, and how it is sent."""

from __future__ import annotations

from math import ceil

from starlette.types import Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from lobby.http.graphql_http.media_types import JSON, RESPONSE_JSON
from lobby.http.refusal import Headers, Refusal
from lobby.http.request_id import REQUEST_ID_HEADER
from lobby.operations import Result, is_request_error
from lobby.operations.errors import (
    INTERNAL,
    NOT_FOUND,
    PERSISTED_QUERY_NOT_FOUND,
    RATE_LIMITED,
    UNAUTHENTICATED,
    UNAVAILABLE,
)
from lobby.operations.json_text import encode_json
from lobby.operations.result import error_codes, error_entry, request_error
from lobby.value import Value

_CONTENT_TYPES = {media: (b"content-type", f"{media}; charset=utf-8".encode()) for media in (JSON, RESPONSE_JSON)}
_NO_STORE = (b"cache-control", b"no-store")
_CHALLENGE = ((b"www-authenticate", b"Bearer"),)
_NO_FAULT = {PERSISTED_QUERY_NOT_FOUND, NOT_FOUND, UNAVAILABLE, INTERNAL}
"""Codes of errors that a client can't know of beforehand."""


class Answer(Value):
    """A status, a JSON body of a media type, and the headers that go with the status.

    `refuses`: whether the request can't be done as it stands, and its client ought to have known.
    """

    status: int
    media: str
    body: bytes
    headers: Headers = ()
    refuses: bool = False

    async def send(self, send: Send, request_id: str) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": self._headers(request_id)})
        await send({"type": "http.response.body", "body": self.body})

    def as_bytes(self, request_id: str, more_headers: Headers) -> bytes:
        """The whole answer as HTTP/1.1 has it. `more_headers`: those that the server puts on all."""
        if self.status == 200 and self.media == JSON and not self.headers:
            # Nearly all of them, and formatting the headers one by one takes as long as a query.
            head = _OK_HEAD % (len(self.body), request_id.encode())
            return b"".join((head, *map(_line, more_headers), b"\r\n", self.body))
        lines = map(_line, (*self._headers(request_id), *more_headers))
        return b"".join((STATUS_LINE[self.status], *lines, b"\r\n", self.body))

    def _headers(self, request_id: str) -> list[tuple[bytes, bytes]]:
        return [
            _CONTENT_TYPES[self.media],
            (b"content-length", b"%d" % len(self.body)),
            (REQUEST_ID_HEADER, request_id.encode()),
            _NO_STORE,
            *self.headers,
        ]


def _line(header: tuple[bytes, bytes]) -> bytes:
    return b"%b: %b\r\n" % header


_OK_HEAD = b"".join((STATUS_LINE[200], *map(_line, (_CONTENT_TYPES[JSON], _NO_STORE)))) + (
    b"content-length: %d\r\n" + REQUEST_ID_HEADER + b": %b\r\n"
)


def answer_result(result: Result, media: str) -> Answer:
    """The answer to a request that was well-formed."""
    body = encode_json(result)
    if "errors" not in result:
        return Answer(200, media, body)
    codes = error_codes(result)
    status = 200 if media == JSON else _status(result)
    headers = _retry_after(result) if RATE_LIMITED in codes else ()
    return Answer(status, media, body, _CHALLENGE if status == 401 else headers, not codes <= _NO_FAULT)


def answer_refusal(refusal: Refusal, media: str) -> Answer:
    """The answer to a request that was not, in the shape of a GraphQL result."""
    body = encode_json(request_error([error_entry(refusal.code, refusal.message)]))
    return Answer(refusal.status, media, body, refusal.headers, refuses=True)


def _status(result: Result) -> int:
    if is_request_error(result):
        return 429 if RATE_LIMITED in error_codes(result) else 400
    if result["data"] is None and UNAUTHENTICATED in error_codes(result):
        return 401
    return 200


def _retry_after(result: Result) -> Headers:
    """In whole seconds, as HTTP has it (RFC 9110, 10.2.3)."""
    waits_ms = [entry["extensions"].get("retryAfterMs", 0) for entry in result["errors"]]
    return ((b"retry-after", b"%d" % ceil(max(waits_ms) / 1000)),)
