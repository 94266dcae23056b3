"""The fast path from a request to its response, for requests whose head and operation were seen before.

Half of a known query's time was spent on the way from uvicorn's parser over ASGI to the endpoint and back. A request whose head
was read before, whose body has arrived whole, and whose operation has a plan needs none of that: the endpoint's own response
is written to the connection. Every other request takes the slow path, from its first byte.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from http import HTTPStatus
from time import perf_counter
from typing import Protocol

from graphql import OperationType

from lobby.runtime.lru_cache import LRUCache
from lobby.struct import Struct
from web.connections.connection_limits import is_shared_key
from web.connections.request_interceptor import PendingResponse
from web.connections.shared_addresses import key_of_caller
from web.fast.planned_executor import PlannedExecutor
from web.graphql.execution.operation import MalformedRequest, Operation, OperationRequest, read_request
from web.graphql.execution.operation_service import Operations
from web.graphql.execution.result import MalformedJson, decode_json
from web.graphql.http_endpoint import GraphQLHTTP
from web.graphql.http_response import (
    JSON,
    Response,
    internal_error_response,
    prefers_events,
    response_type,
    result_response,
)
from web.http.rate_limits import COUNTED_BYTES, RequestLimiter
from web.http.request import HTTPError, is_json, new_request_id

OK = HTTPStatus.OK.value
_QUERY = OperationType.QUERY  # in Python 3.11 this look-up takes 0.08 us

REQUEST_BYTES_MAX = 16_384
"""The largest request of players has about 8,000 bytes. To decode one that is ten times as long would delay others."""

QUERIES_MAX = 16_384
QUERIES_BYTES_MAX = 33_554_432
"""A query with its text has about 1,000 bytes, and one with the hash of a known document 150: room for 11,000 of these, such
as one for each party of a busy server. With more, each query costs 5 us for a place that it loses before it comes again."""
DECODED_FACTOR = 20
"""Decoded variables take up to so many times the bytes of their text."""


class BodyHandler(Protocol):
    """Responds to bodies of POST requests whose head is known."""

    def try_handle(self, authorization: str | None, body: bytes, address: str) -> PendingResponse | None:
        """The pending response, or None for the slow path: then nothing has happened yet."""


class FastPath:
    """The `RequestInterceptor` of a server."""

    def __init__(self, handler: BodyHandler, path: str) -> None:
        """`path` is where `handler` responds, with a slash at its end or without."""
        self._handler = handler
        self._starts = tuple(f"POST {path}{slash} HTTP/1.1\r\n".encode() for slash in ("", "/"))
        self._heads = HeadCache()

    def try_handle(self, request: bytes, address_of: Callable[[str | None], str]) -> PendingResponse | None:
        if len(request) > REQUEST_BYTES_MAX:
            return None
        end = request.find(END) + len(END)
        known = self._heads.get(request[:end])
        if known is None or len(request) - end != known[1]:
            return None
        head = known[0]
        return self._handler.try_handle(head.authorization, request[end:], address_of(head.forwarded_for))

    def unknown_head(self, request: bytes) -> bytes | None:
        if not request.startswith(self._starts):
            return None
        end = request.find(END) + len(END)
        head = request[:end]
        return head if end >= len(END) and self._heads.get(head) is None else None

    def learn(self, head: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        self._heads.learn(head, headers)


class PlannedRequests:
    """Executes queries and mutations that have a plan, as the HTTP endpoint would."""

    def __init__(
        self,
        endpoint: GraphQLHTTP,
        operations: Operations,
        executor: PlannedExecutor,
        limiter: RequestLimiter,
        body_bytes_max: int,
        reads_memory: bool,
    ) -> None:
        """`reads_memory`: the store holds what most queries read in memory, so that they never wait."""
        self._endpoint = endpoint
        self._operations = operations
        self._executor = executor
        self._limiter = limiter
        self._body_bytes_max = body_bytes_max
        self._reads_memory = reads_memory
        self._queries: LRUCache[bytes, tuple[Operation, OperationRequest]] = LRUCache(QUERIES_MAX, QUERIES_BYTES_MAX)
        """The latest queries by their bodies: many players send the same one, such as MyParty."""

    def try_handle(self, authorization: str | None, body: bytes, address: str) -> PendingResponse | None:
        if len(body) > self._body_bytes_max:
            return None
        known = self._queries.get(body) or self._read(body)
        if known is None:
            return None
        operation, request = known
        if not self._executor.has_plan(operation):
            self._queries.pop(body)
            return None
        if is_shared_key(address):
            address = key_of_caller(address, self._endpoint.authenticate(authorization))
        if self._limiter.request_wait_ms(address, 1 + len(body) // COUNTED_BYTES):
            return None
        respond = self._respond(operation, request, authorization, address)
        return PendingResponse(respond, self._reads_memory and operation.kind is _QUERY)

    def _read(self, body: bytes) -> tuple[Operation, OperationRequest] | None:
        """The operation of a body, with a plan or without; None if the slow path has to look at it."""
        try:
            request = read_request(decode_json(body))
        except (MalformedJson, MalformedRequest):
            return None
        operation = self._operations.find(request)
        if operation is None or operation.kind is OperationType.SUBSCRIPTION:
            return None
        if operation.kind is OperationType.QUERY and self._executor.has_plan(operation):
            self._queries.put(body, (operation, request), DECODED_FACTOR * len(body))
        return operation, request

    async def _respond(
        self, operation: Operation, request: OperationRequest, authorization: str | None, address: str
    ) -> tuple[Response, str]:
        metrics, request_id = self._operations.metrics, new_request_id()
        began_at_s = perf_counter() if metrics.has_access_log else 0.0
        try:
            result = await self._endpoint.execute(operation, request, authorization, request_id, address)
            response = result_response(*operation.encode(result, request.variables), JSON)
        except Exception as error:
            response = internal_error_response(error, JSON, request_id)
        if response.status == OK:
            metrics.answered += 1
        else:
            metrics.count_graphql(response.status)
        if metrics.has_access_log:
            metrics.log_graphql(address, began_at_s, response.status, request_id)
        if response.is_client_error:
            await self._limiter.delay_error_response(address)
        return response, request_id


# The cache of request heads that were read before.
#
# A client sends the same head with each request, byte for byte, except for the length of the body: the same host, token and media
# types. So httptools and the endpoint read a head once. Only plain heads are cached (see `read_head`): nothing except their bytes
# decides what they mean.

HEAD_BYTES_MAX = 4_096
"""The largest head that is cached. The heads of Unity clients have about 700 bytes."""
HEADS_MAX = 65_536
HEADS_BYTES_MAX = 16_777_216
"""Room for about 30,000 heads, one for each client that is active."""
END = b"\r\n\r\n"

_PLAIN = frozenset(
    {
        b"accept",
        b"accept-encoding",
        b"accept-language",
        b"authorization",
        b"cache-control",
        b"connection",
        b"content-length",
        b"content-type",
        b"host",
        b"pragma",
        b"user-agent",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-port",
        b"x-forwarded-proto",
        b"x-real-ip",
        b"x-unity-version",
    }
)
"""The headers that a cached head may have. A head with any other header always takes the slow path."""

_LENGTH = re.compile(rb"\r\n[Cc]ontent-[Ll]ength: ?(\d{1,6})(?=\r\n)")

Headers = Sequence[tuple[bytes, bytes]]


class CachedHead(Struct):
    """The facts about a client in a head: the Authorization and the X-Forwarded-For header."""

    authorization: str | None
    forwarded_for: str | None


class HeadCache:
    """The latest heads by their bytes, with the blank line but without the Content-Length line; the oldest are dropped first."""

    def __init__(self, bytes_max: int = HEADS_BYTES_MAX) -> None:
        self._heads: LRUCache[bytes, CachedHead] = LRUCache(HEADS_MAX, bytes_max)

    def get(self, head: bytes) -> tuple[CachedHead, int] | None:
        """The cached head of these bytes, and how many bytes its body has."""
        length = _LENGTH.search(head)
        if length is None:
            return None
        cached = self._heads.peek(_without(length, head))
        return (cached, int(length[1])) if cached is not None else None

    def learn(self, head: bytes, headers: Headers) -> None:
        """Cache what the parser read: `headers` are those of `head`, the head of a POST."""
        length = _LENGTH.search(head)
        if length is None or len(head) > HEAD_BYTES_MAX or not _has_plain_lines(head):
            return
        cached = read_head(headers)
        if cached is not None:
            key = _without(length, head)
            self._heads.put(key, cached, len(key))


def read_head(headers: Headers) -> CachedHead | None:
    """The head with these headers; None unless every header is plain, occurs once, and allows a JSON response to a JSON body."""
    by_name = dict(headers)
    if len(by_name) != len(headers) or not by_name.keys() <= _PLAIN:
        return None
    length, connection = by_name.get(b"content-length", b""), by_name.get(b"connection", b"keep-alive")
    if not length.isdigit() or connection.lower() != b"keep-alive":
        return None
    accept = _text(by_name.get(b"accept"))
    content_type = _text(by_name.get(b"content-type"))
    if content_type is None or not is_json(content_type) or not _takes_json(accept):
        return None
    return CachedHead(_text(by_name.get(b"authorization")), _text(by_name.get(b"x-forwarded-for")))


def _without(length: re.Match[bytes], head: bytes) -> bytes:
    start, end = length.span()
    return head[:start] + head[end:]


def _takes_json(accept: str | None) -> bool:
    try:
        return response_type(accept) == JSON and not prefers_events(accept)
    except HTTPError:
        return False


def _has_plain_lines(head: bytes) -> bool:
    """True if all lines end in CRLF and no header is folded. Then a head ends at its first blank line for every reader."""
    ends = head.count(b"\r\n")
    return head.count(b"\n") == ends == head.count(b"\r") and b"\r\n " not in head and b"\r\n\t" not in head


def _text(value: bytes | None) -> str | None:
    return value.decode("latin-1") if value is not None else None
