"""Responses of GraphQL over HTTP: the media type that a client asks for, and how a response is built from a result and sent."""

from __future__ import annotations

from functools import lru_cache
from math import ceil

from starlette.types import Send

from lobby.app.errors import INTERNAL, NOT_FOUND, PERSISTED_QUERY_NOT_FOUND, RATE_LIMITED, UNAUTHENTICATED, UNAVAILABLE
from lobby.struct import Struct
from web.connections.request_interceptor import STATUS_LINES
from web.graphql.execution.error_reporting import internal_entry
from web.graphql.execution.result import Result, encode_json, error_codes, error_entry, is_request_error, request_error
from web.http.request import REQUEST_ID_HEADER, Headers, HTTPError

JSON = "application/json"
"""Well-formed requests get status 200, also with errors. Unity clients need that, because they throw on other statuses."""

RESPONSE_JSON = "application/graphql-response+json"
"""Operations that never began get other statuses (GraphQL over HTTP, section 6.4.2)."""

EVENT_STREAM = "text/event-stream"
"""One event for each result (GraphQL over server-sent events). Only clients that name this type get it."""

_HEADER_CHARS_MAX = 1_024


def response_type(accept: str | None) -> str:
    """The media type of the response, by the Accept header (RFC 9110, 12.5.1). Raises `HTTPError` (406) if the server has no
    such type."""
    media = _preferred((accept or "")[:_HEADER_CHARS_MAX])
    if media is None:
        message = f"Answers come as {JSON} or {RESPONSE_JSON}."
        raise HTTPError(406, "NOT_ACCEPTABLE", message)
    return media


def takes_events(accept: str | None) -> bool:
    """True if the client can read a stream of events."""
    return _event_weights((accept or "")[:_HEADER_CHARS_MAX])[0] > 0


def prefers_events(accept: str | None) -> bool:
    """True if the client prefers a stream of events to one response. Clients that accept both want it for subscriptions only."""
    events, others = _event_weights((accept or "")[:_HEADER_CHARS_MAX])
    return events > others


def wants_page(accept: str | None) -> bool:
    """True if the client is a browser: no other client names text/html."""
    return accept is not None and "text/html" in _weights(accept[:_HEADER_CHARS_MAX])


@lru_cache(maxsize=64)
def _preferred(accept: str) -> str | None:
    if not accept.strip():
        return JSON
    weights = _weights(accept)
    any_weight = weights.get("application/*", weights.get("*/*", 0.0))
    plain = weights.get(JSON, any_weight)
    # A wildcard means plain JSON: it comes from clients that do not know the other type.
    own = weights.get(RESPONSE_JSON, 0.0 if plain else any_weight)
    if own and own >= plain:
        return RESPONSE_JSON
    return JSON if plain else None


@lru_cache(maxsize=64)
def _event_weights(accept: str) -> tuple[float, float]:
    weights = _weights(accept)
    others = (weights.get(media, 0.0) for media in (JSON, RESPONSE_JSON, "application/*", "*/*"))
    return weights.get(EVENT_STREAM, 0.0), max(others)


def _weights(accept: str) -> dict[str, float]:
    ranges = (part.split(";") for part in accept.lower().split(","))
    return {media.strip(): _weight(parameters) for media, *parameters in ranges}


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0


_CONTENT_TYPES = {media: (b"content-type", f"{media}; charset=utf-8".encode()) for media in (JSON, RESPONSE_JSON)}
_NO_STORE = (b"cache-control", b"no-store")
_CHALLENGE = ((b"www-authenticate", b"Bearer"),)
_NOT_CLIENT_ERRORS = {PERSISTED_QUERY_NOT_FOUND, NOT_FOUND, UNAVAILABLE, INTERNAL}
"""Codes of errors that a client could not have avoided."""


class Response(Struct):
    """A status, a JSON body of a media type, and the headers that go with the status.

    `is_client_error`: the request could not be done as it is, and its client could have known. Many such responses to one address
    are delayed.
    """

    status: int
    media: str
    body: bytes
    headers: Headers = ()
    is_client_error: bool = False

    async def send(self, send: Send, request_id: str) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": self._headers(request_id)})
        await send({"type": "http.response.body", "body": self.body})

    def as_bytes(self, request_id: str, more_headers: Headers) -> bytes:
        """The whole HTTP/1.1 response. `more_headers` are those that the server adds to every response."""
        if self.status == 200 and self.media == JSON and not self.headers:
            # Nearly all responses: to format their headers one by one takes as long as a query.
            head = _OK_HEAD % (len(self.body), request_id.encode())
            return b"".join((head, *map(_line, more_headers), b"\r\n", self.body))
        lines = map(_line, (*self._headers(request_id), *more_headers))
        return b"".join((STATUS_LINES[self.status], *lines, b"\r\n", self.body))

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


_OK_HEAD = b"".join((STATUS_LINES[200], *map(_line, (_CONTENT_TYPES[JSON], _NO_STORE)))) + (
    b"content-length: %d\r\n" + REQUEST_ID_HEADER + b": %b\r\n"
)


def result_response(result: Result, body: bytes, media: str) -> Response:
    """The response to a well-formed request. `body` is the JSON of the result."""
    if "errors" not in result:
        return Response(200, media, body)
    codes = error_codes(result)
    status = 200 if media == JSON else _status(result)
    headers = _retry_after(result) if RATE_LIMITED in codes else ()
    return Response(status, media, body, _CHALLENGE if status == 401 else headers, not codes <= _NOT_CLIENT_ERRORS)


def error_response(refusal: HTTPError, media: str) -> Response:
    """The response to a request that was not well-formed, in the shape of a GraphQL result."""
    body = encode_json(request_error([error_entry(refusal.code, refusal.message)]))
    return Response(refusal.status, media, body, refusal.headers, is_client_error=True)


def internal_error_response(error: Exception, media: str, request_id: str) -> Response:
    """The response to a request that failed by a bug of the server. Logs the error."""
    return Response(500, media, encode_json(request_error([internal_entry(error, request_id, "GraphQL over HTTP")])))


def _status(result: Result) -> int:
    if is_request_error(result):
        return 429 if RATE_LIMITED in error_codes(result) else 400
    if result["data"] is None and UNAUTHENTICATED in error_codes(result):
        return 401
    return 200


def _retry_after(result: Result) -> Headers:
    """The Retry-After header, in whole seconds (RFC 9110, section 10.2.3)."""
    waits_ms = [entry["extensions"].get("retryAfterMs", 0) for entry in result["errors"]]
    return ((b"retry-after", b"%d" % ceil(max(waits_ms) / 1000)),)
