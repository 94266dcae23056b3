"""GraphQL over HTTP: one endpoint, a plain ASGI application."""

from __future__ import annotations

from functools import partial
from urllib.parse import parse_qsl

from graphql import OperationType
from starlette.types import ASGIApp, Receive, Scope, Send

from lobby.app.errors import BAD_REQUEST, BAD_USER_INPUT, LIMIT_EXCEEDED
from lobby.auth.caller import Caller
from lobby.struct import replace
from web.connections.connection_limits import TooManyConnections, address_of
from web.graphql.execution.executor import EventStream
from web.graphql.execution.operation import MalformedRequest, Operation, OperationCall, OperationRequest, read_request
from web.graphql.execution.operation_service import Operations
from web.graphql.execution.result import MalformedJson, Result, decode_json, encode_json, error_entry, request_error
from web.graphql.http_response import (
    JSON,
    Response,
    error_response,
    internal_error_response,
    prefers_events,
    response_type,
    result_response,
    takes_events,
    wants_page,
)
from web.graphql.sse import EventStreams, OneResult, Results, resume_context
from web.http.callers import Authenticate, ContextOf, resolve_caller
from web.http.rate_limits import RequestLimiter
from web.http.request import (
    Disconnected,
    HTTPError,
    HTTPLimits,
    header,
    read_body,
    request_id_of,
    require_json,
)

_METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
_RETRY_SOON = ((b"retry-after", b"1"),)


class GraphQLHTTP:
    """An ASGI application: queries by GET and POST, mutations by POST, as in the specification of GraphQL over HTTP.

    A request with invalid credentials still runs, without a player. Resolvers that need a player refuse it.
    """

    def __init__(
        self,
        operations: Operations,
        authenticate: Authenticate,
        context_of: ContextOf,
        limits: HTTPLimits | None = None,
        page: ASGIApp | None = None,
        streams: EventStreams | None = None,
        request_limiter: RequestLimiter | None = None,
    ) -> None:
        """`page` responds to browsers that send no query, `streams` to clients that ask for server-sent events."""
        self._operations = operations
        self.authenticate = authenticate
        self._context_of = context_of
        self._limits = limits or HTTPLimits()
        self._page = page
        self._streams = streams or EventStreams()
        self._request_limiter = request_limiter or RequestLimiter(None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._page is not None and _is_for_page(scope):
            await self._page(scope, receive, send)
            return
        request_id, address = request_id_of(scope), address_of(scope)
        response = await self._respond(scope, receive, request_id, address)
        if isinstance(response, Response):
            if response.is_client_error:
                await self._request_limiter.delay_error_response(address)
            await response.send(send, request_id)
        elif response is not None:
            await self._stream(response, scope, receive, send, request_id)

    async def _stream(self, results: Results, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        player = (await resolve_caller(self.authenticate, self._authorization(scope))).player
        try:
            await self._streams.answer(results, scope, receive, send, request_id, player.id if player else None)
        except TooManyConnections as error:
            too_many = HTTPError(503, LIMIT_EXCEEDED, str(error), _RETRY_SOON)
            await error_response(too_many, JSON).send(send, request_id)

    async def execute(
        self,
        operation: Operation,
        request: OperationRequest,
        authorization_header: str | None,
        request_id: str,
        address: str,
    ) -> Result:
        """Execute a query or mutation as the caller whom the Authorization header names."""
        caller = self.authenticate(authorization_header)
        if caller.key_refresh is not None:
            caller = await resolve_caller(self.authenticate, authorization_header)
        call = self._call(operation, request, caller, request_id, address)
        return call if isinstance(call, dict) else await self._operations.execute(call)

    async def _respond(
        self, scope: Scope, receive: Receive, request_id: str, address: str
    ) -> Response | Results | None:
        """The response, or the results to stream; None if the client has gone."""
        accept = header(scope, b"accept")
        media = JSON
        try:
            wants_events = prefers_events(accept)
            media = JSON if wants_events else response_type(accept)
            request = await self._read(scope, receive)
            document_wait_ms = partial(self._request_limiter.document_wait_ms, address)
            operation = await self._operations.prepare(request, document_wait_ms)
            if not isinstance(operation, Operation):
                return _result_answer(operation, encode_json(operation), media, wants_events)
            result = await self._run(scope, operation, request, request_id, address)
            if isinstance(result, EventStream):
                return result
            return _result_answer(*operation.encode(result, request.variables), media, wants_events)
        except HTTPError as error:
            return error_response(error, media)
        except Disconnected:
            return None
        except Exception as error:
            return internal_error_response(error, media, request_id)

    def _authorization(self, scope: Scope) -> str | None:
        """The Authorization header. A browser's EventSource can't set it, and sends `token` in the query string instead."""
        given = header(scope, b"authorization")
        if given is not None or scope["method"] != "GET" or not takes_events(header(scope, b"accept")):
            return given
        token = dict(query_parameters(scope, self._limits)).get("token")
        return f"Bearer {token.removeprefix('Bearer ')}" if token else None

    async def _read(self, scope: Scope, receive: Receive) -> OperationRequest:
        if scope["method"] == "POST":
            return await read_posted(scope, receive, self._limits)
        if scope["method"] == "GET":
            return read_query(scope, self._limits)
        raise HTTPError(405, _METHOD_NOT_ALLOWED, "Use POST or GET.", ((b"allow", b"GET, POST"),))

    async def _run(
        self, scope: Scope, operation: Operation, request: OperationRequest, request_id: str, address: str
    ) -> Result | EventStream:
        is_subscription = operation.kind is OperationType.SUBSCRIPTION
        if is_subscription and not takes_events(header(scope, b"accept")):
            message = "Subscriptions are served over WebSocket, on the same path, or with Accept: text/event-stream."
            return request_error([error_entry(BAD_USER_INPUT, message)])
        if operation.kind is OperationType.MUTATION and scope["method"] != "POST":
            raise HTTPError(405, _METHOD_NOT_ALLOWED, "Mutations need POST.", ((b"allow", b"POST"),))
        authorization_header = self._authorization(scope)
        if not is_subscription:
            return await self.execute(operation, request, authorization_header, request_id, address)
        caller = await resolve_caller(self.authenticate, authorization_header)
        call = self._call(operation, request, caller, request_id, address)
        if isinstance(call, dict):
            return call
        pace = self._request_limiter.pacer(operation.cost.of(request.variables), caller, address)
        return await self._operations.subscribe(replace(call, context=resume_context(call.context, scope), pace=pace))

    def _call(
        self, operation: Operation, request: OperationRequest, caller: Caller, request_id: str, address: str
    ) -> OperationCall | Result:
        """The call of an operation by its caller, or the result that says that the caller has to wait."""
        rate_limited = self._request_limiter.refusal(operation, request.variables, caller, address)
        if rate_limited is not None:
            return rate_limited
        return OperationCall(operation, request.variables, self._context_of(caller, request_id, address), request_id)


def _result_answer(result: Result, text: bytes, media: str, wants_events: bool) -> Response | OneResult:
    return OneResult(text) if wants_events else result_response(result, text, media)


def _is_for_page(scope: Scope) -> bool:
    """True if a browser asks for the page, and not for the result of a query or of a persisted document."""
    if scope["method"] != "GET" or not wants_page(header(scope, b"accept")):
        return False
    return not any(part.startswith((b"query=", b"extensions=")) for part in scope["query_string"].split(b"&"))


async def read_posted(scope: Scope, receive: Receive, limits: HTTPLimits) -> OperationRequest:
    """The GraphQL request in the JSON body of a POST. Raises `HTTPError` or `Disconnected`."""
    require_json(header(scope, b"content-type"))
    body = await read_body(scope, receive, limits)
    try:
        return read_request(decode_json(body))
    except (MalformedJson, MalformedRequest) as error:
        raise HTTPError(400, BAD_REQUEST, str(error)) from None


def read_query(scope: Scope, limits: HTTPLimits) -> OperationRequest:
    """The GraphQL request in the query string of a GET, where `variables` and `extensions` are JSON. Raises `HTTPError`."""
    parameters: dict[str, object] = dict(query_parameters(scope, limits))
    try:
        for name in parameters.keys() & {"variables", "extensions"}:
            parameters[name] = decode_json(str(parameters[name]))
        return read_request(parameters)
    except (MalformedJson, MalformedRequest) as error:
        raise HTTPError(400, BAD_REQUEST, str(error)) from None


def query_parameters(scope: Scope, limits: HTTPLimits) -> list[tuple[str, str]]:
    """The parameters of the query string that have a value. Raises `HTTPError` (400, 414)."""
    query: bytes = scope["query_string"]
    if len(query) > limits.query_bytes_max:
        raise HTTPError(414, LIMIT_EXCEEDED, f"A query string has at most {limits.query_bytes_max} bytes.")
    try:
        return parse_qsl(query.decode("ascii"), errors="strict", max_num_fields=limits.query_parameters_max)
    except ValueError:
        raise HTTPError(400, BAD_REQUEST, "The query string must be percent-encoded UTF-8.") from None
