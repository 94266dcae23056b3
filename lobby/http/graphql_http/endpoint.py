"""The endpoint of GraphQL over HTTP."""

from __future__ import annotations

from functools import partial

from graphql import OperationType
from starlette.types import ASGIApp, Receive, Scope, Send

from lobby.auth.caller import Caller
from lobby.http.address import address_of
from lobby.http.admission import Admission
from lobby.http.body import Disconnected
from lobby.http.credentials import Authenticate, ContextOf, authorization, settled
from lobby.http.graphql_http.answer import Answer, answer_refusal, answer_result
from lobby.http.graphql_http.media_types import JSON, answer_type, prefers_events, takes_events, wants_page
from lobby.http.graphql_http.reading import read_posted, read_query
from lobby.http.graphql_http.shortcut import Answering
from lobby.http.graphql_sse.response import OneResult, Results
from lobby.http.graphql_sse.resuming import resumed
from lobby.http.graphql_sse.streams import EventStreams
from lobby.http.headers import header
from lobby.http.limits import HTTPLimits
from lobby.http.places import NoPlace
from lobby.http.refusal import Refusal
from lobby.http.request_id import new_request_id, request_id_of
from lobby.operations import (
    EventStream,
    MalformedRequest,
    OperationCall,
    OperationRequest,
    Operations,
    PreparedOperation,
    Result,
    read_request,
)
from lobby.operations.errors import BAD_USER_INPUT, LIMIT_EXCEEDED
from lobby.operations.json_text import MalformedJson, decode_json, encode_json
from lobby.operations.reporting import internal_entry
from lobby.operations.result import error_entry, request_error

_METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
_LATER = ((b"retry-after", b"1"),)


class GraphQLHTTP:
    """Queries by GET and POST, mutations by POST, as the GraphQL over HTTP specification has it; an ASGI
    application.

    Bad credentials stop no request: it runs as a stranger's, and the resolvers that need a player say so.
    """

    def __init__(
        self,
        operations: Operations,
        authenticate: Authenticate,
        context_of: ContextOf,
        limits: HTTPLimits | None = None,
        page: ASGIApp | None = None,
        streams: EventStreams | None = None,
        admission: Admission | None = None,
    ) -> None:
        """`page` answers a browser that comes without a query; `streams` those who want server-sent events."""
        self._operations = operations
        self._authenticate = authenticate
        self._context_of = context_of
        self._limits = limits or HTTPLimits()
        self._page = page
        self._streams = streams or EventStreams()
        self._admission = admission or Admission(None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._page is not None and _is_for_page(scope):
            await self._page(scope, receive, send)
            return
        request_id = request_id_of(scope)
        answer = await self._answer(scope, receive, request_id)
        if isinstance(answer, Answer):
            if answer.refuses:
                await self._admission.keep_back(address_of(scope))
            await answer.send(send, request_id)
        elif answer is not None:
            await self._stream(answer, scope, receive, send, request_id)

    async def _stream(self, results: Results, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        player = (await self._caller(header(scope, b"authorization"))).player
        try:
            await self._streams.answer(results, scope, receive, send, request_id, player.id if player else None)
        except NoPlace as error:
            refusal = Refusal(503, LIMIT_EXCEEDED, str(error), _LATER)
            await answer_refusal(refusal, JSON).send(send, request_id)

    def answering(self, authorization_header: str | None, body: bytes, address: str) -> Answering | None:
        """The short way for a POST of JSON that wants JSON, see `lobby.http.graphql_http.shortcut`."""
        if len(body) > self._limits.body_bytes_max:
            return None
        try:
            request = read_request(decode_json(body))
        except (MalformedJson, MalformedRequest):
            return None
        operation = self._operations.planned(request)
        if operation is None or self._admission.request_wait_ms(address):
            return None
        return self._answered(operation, request, authorization_header, address)

    async def _answered(
        self, operation: PreparedOperation, request: OperationRequest, authorization_header: str | None, address: str
    ) -> tuple[Answer, str]:
        request_id = new_request_id()
        try:
            result = await self._executed(operation, request, authorization_header, request_id, address)
            answer = answer_result(result, JSON)
        except Exception as error:
            return _failed(error, JSON, request_id), request_id
        if answer.refuses:
            await self._admission.keep_back(address)
        return answer, request_id

    async def _answer(self, scope: Scope, receive: Receive, request_id: str) -> Answer | Results | None:
        accept = header(scope, b"accept")
        media = JSON
        try:
            in_events = prefers_events(accept)
            media = JSON if in_events else answer_type(accept)
            request = await self._read(scope, receive)
            result = await self._run(scope, request, request_id)
            if isinstance(result, EventStream):
                return result
            return OneResult(encode_json(result)) if in_events else answer_result(result, media)
        except Refusal as refusal:
            return answer_refusal(refusal, media)
        except Disconnected:
            return None
        except Exception as error:
            return _failed(error, media, request_id)

    async def _read(self, scope: Scope, receive: Receive) -> OperationRequest:
        if scope["method"] == "POST":
            return await read_posted(scope, receive, self._limits)
        if scope["method"] == "GET":
            return read_query(scope, self._limits)
        raise Refusal(405, _METHOD_NOT_ALLOWED, "Use POST or GET.", ((b"allow", b"GET, POST"),))

    async def _run(self, scope: Scope, request: OperationRequest, request_id: str) -> Result | EventStream:
        address = address_of(scope)
        operation = await self._operations.prepared(request, partial(self._admission.document_wait_ms, address))
        if not isinstance(operation, PreparedOperation):
            return operation
        follows = operation.kind is OperationType.SUBSCRIPTION
        if follows and not takes_events(header(scope, b"accept")):
            message = "Subscriptions are served over WebSocket, on the same path, or with Accept: text/event-stream."
            return request_error([error_entry(BAD_USER_INPUT, message)])
        if operation.kind is OperationType.MUTATION and scope["method"] != "POST":
            raise Refusal(405, _METHOD_NOT_ALLOWED, "Mutations need POST.", ((b"allow", b"POST"),))
        given = header(scope, b"authorization")
        if not follows:
            return await self._executed(operation, request, given, request_id, address)
        caller = await self._caller(given)
        refused = self._admission.refusal(operation, request.variables, caller, address)
        if refused is not None:
            return refused
        context = resumed(self._context_of(caller, request_id, address), scope)
        return await self._operations.subscribe(OperationCall(operation, request.variables, context, request_id))

    async def _executed(
        self,
        operation: PreparedOperation,
        request: OperationRequest,
        authorization_header: str | None,
        request_id: str,
        address: str,
    ) -> Result:
        caller = await self._caller(authorization_header)
        refused = self._admission.refusal(operation, request.variables, caller, address)
        if refused is not None:
            return refused
        context = self._context_of(caller, request_id, address)
        return await self._operations.execute(OperationCall(operation, request.variables, context, request_id))

    async def _caller(self, authorization_header: str | None) -> Caller:
        given = authorization(authorization_header)
        caller = self._authenticate(given)
        return caller if caller.waits_for is None else await settled(self._authenticate, given)


def _failed(error: Exception, media: str, request_id: str) -> Answer:
    return Answer(500, media, encode_json(request_error([internal_entry(error, request_id, "GraphQL over HTTP")])))


def _is_for_page(scope: Scope) -> bool:
    if scope["method"] != "GET" or not wants_page(header(scope, b"accept")):
        return False
    return not any(part.startswith(b"query=") for part in scope["query_string"].split(b"&"))
