"""The endpoint of GraphQL over WebSocket, and one socket of it: its messages, its caller, and its running operations."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from starlette.types import Receive, Scope, Send

from lobby.app.errors import LIMIT_EXCEEDED, RATE_LIMITED
from lobby.auth.caller import Caller
from lobby.domain.values import Instant
from web.connections.socket_channel import Gone
from web.connections.socket_conversation import (
    CloseCode,
    CloseSocket,
    Handshake,
    SocketConversation,
    SocketDeps,
    check_origin,
)
from web.graphql.execution.error_reporting import internal_entry
from web.graphql.execution.operation import OperationCall
from web.graphql.execution.operation_service import Operations
from web.graphql.execution.result import ErrorEntry, MalformedJson, Result, decode_json, encode_json, error_entry
from web.graphql.ws.socket_operation import SocketOperation
from web.graphql.ws.subprotocols import (
    RESULT_TAIL,
    Init,
    LegacyWs,
    MalformedMessage,
    Message,
    Payload,
    Ping,
    Start,
    Stop,
    Subprotocol,
    Terminate,
    TransportWs,
)
from web.http.callers import Authenticate, ContextOf, authorization, credentials_in_payload, resolve_caller


@dataclass(frozen=True, slots=True)
class GraphQLSocketDeps:
    """The dependencies that all sockets of the endpoint share."""

    operations: Operations
    authenticate: Authenticate
    context_of: ContextOf
    sockets: SocketDeps
    now_ms: Callable[[], Instant]


class Connection(SocketConversation[SocketOperation]):
    """A conversation in one subprotocol. Because messages are handled one after the other, a `subscribe` that is sent right
    behind `connection_init` finds the connection acknowledged."""

    INIT_TIMEOUT_REASON = "Connection initialisation timeout"

    def __init__(self, graphql: GraphQLSocketDeps, subprotocol: Subprotocol, handshake: Handshake) -> None:
        super().__init__(graphql.sockets, handshake)
        self._graphql = graphql
        self._subprotocol = subprotocol
        self._caller: Caller | None = None

    @property
    def is_identified(self) -> bool:
        return self._caller is not None

    def closing_notice(self, code: int, reason: str) -> str | None:
        return None if code == CloseCode.NORMAL else self._subprotocol.closing(code, reason)

    async def handle(self, frame: bytes | str) -> None:
        try:
            message = read_message(frame, self._subprotocol)
        except MalformedMessage as error:
            await self._reject(error)
        else:
            await self._handle(message)

    async def _handle(self, message: Message) -> None:
        match message:
            case Start():
                await self._start(message)
            case Stop(id=operation_id):
                await self._stop(operation_id)
            case Ping(payload=payload):
                await self.sender.text(self._subprotocol.pong(payload))
            case Init(payload=payload):
                await self._init(payload)
            case Terminate():
                raise CloseSocket(CloseCode.NORMAL, "")

    async def _init(self, payload: Payload) -> None:
        if self._caller is not None:
            raise CloseSocket(CloseCode.TOO_MANY_INITS, "Too many initialisation requests")
        caller = await sign_in(payload, self.handshake.authorization, self._graphql.authenticate)
        if caller.player is not None:
            self.count_for_player(caller.player.id)
        self._caller = caller
        for frame in self._subprotocol.acknowledged():
            await self.sender.text(frame)
        if self._subprotocol.keep_alive is not None:
            self.run_in_background(self._keep_alive(self._subprotocol.keep_alive))

    async def _start(self, start: Start) -> None:
        caller = self._require_start(start.id)
        self.operations.stop(start.id)
        try:
            errors = await self._start_operation(start, caller)
        except Exception as error:
            errors = [internal_entry(error, self.handshake.request_id, "the start of an operation")]
        if errors and all(entry["extensions"]["code"] == RATE_LIMITED for entry in errors):
            await self._finish(start.id, {"data": None, "errors": errors})
        elif errors:
            await self.sender.text(self._subprotocol.error(start.id, errors))

    def _require_start(self, operation_id: str) -> Caller:
        """The caller, who may start an operation under this id. Raises `CloseSocket`."""
        if self._caller is None:
            raise CloseSocket(CloseCode.UNAUTHORIZED, "Unauthorized")
        if operation_id in self.operations and not self._subprotocol.replaces_duplicates:
            raise CloseSocket(CloseCode.DUPLICATE_ID, f"Subscriber for {operation_id} already exists")
        return self._caller

    async def _finish(self, operation_id: str, result: Result) -> None:
        """Send the errors of a rate-limited operation as a result. The client may try again, and some Unity clients take
        an `error` message as the final end."""
        head = self._subprotocol.result_head(operation_id)
        await self.sender.text(f"{head}{encode_json(result).decode()}{RESULT_TAIL}")
        await self.sender.text(self._subprotocol.complete(operation_id))

    async def _start_operation(self, start: Start, caller: Caller) -> list[ErrorEntry]:
        """Start the operation, or return the errors that keep it from starting."""
        graphql, variables, address = self._graphql, start.request.variables, self.handshake.address
        if not await self.operations.wait_for_place():
            message = f"A socket runs at most {self.deps.limits.operations_max} operations at once."
            return [error_entry(LIMIT_EXCEEDED, message)]
        limiter = self.deps.request_limiter
        operation = await graphql.operations.prepare(start.request, partial(limiter.document_wait_ms, address))
        if isinstance(operation, dict):
            return list(operation["errors"])
        caller = check_expiry(caller, graphql.now_ms())
        refused = limiter.refusal(operation, variables, caller, address)
        if refused is not None:
            return list(refused["errors"])
        request_id = self.next_request_id()
        pace = limiter.pacer(operation.cost.of(variables), caller, address)
        call = OperationCall(operation, variables, graphql.context_of(caller, request_id, address), request_id, pace)
        self.operations.start(
            SocketOperation(
                start.id,
                call,
                graphql.operations,
                self._subprotocol,
                self.sender,
                self.operations.free_id,
                lambda: self.deps.connections.is_going_down,
            ),
            self.take_turn,
        )
        return []

    async def _stop(self, operation_id: str) -> None:
        if self.operations.stop(operation_id):
            answer = self._subprotocol.stopped(operation_id)
            if answer is not None:
                await self.sender.text(answer)

    async def _reject(self, error: MalformedMessage) -> None:
        answer = self._subprotocol.malformed(error)
        if answer is None:
            raise CloseSocket(CloseCode.MALFORMED_MESSAGE, error.message)
        if error.ends_operation and error.operation_id is not None:
            self._require_start(error.operation_id)
        await self.sender.text(answer)

    async def _keep_alive(self, frame: str) -> None:
        try:
            while True:
                await asyncio.sleep(self.deps.limits.keep_alive_s)
                await self.sender.text(frame)
        except Gone:
            pass


async def sign_in(payload: Payload, handshake: str | None, authenticate: Authenticate) -> Caller:
    """The caller by the payload of `connection_init`, else by the handshake's Authorization header, which browsers can't set.

    The socket speaks for this caller until the token expires. Without credentials the caller is anonymous. With invalid ones the
    socket is closed (`CloseSocket`, 4403).
    """
    caller = await resolve_caller(authenticate, _credentials_of(payload) or authorization(handshake))
    if caller.refusal is not None:
        raise CloseSocket(CloseCode.FORBIDDEN, caller.refusal)
    return caller


_EXPIRED = "The access token has expired: connect anew with a fresh one."


def check_expiry(caller: Caller, now: Instant) -> Caller:
    """The caller as of `now`: anonymous, with a refusal, once the token has expired. Running streams go on."""
    if caller.expires_at is None or now < caller.expires_at:
        return caller
    return replace(caller, player=None, refusal=_EXPIRED)


def _credentials_of(payload: Payload) -> str | None:
    try:
        return credentials_in_payload(payload or {})
    except ValueError as error:
        raise CloseSocket(CloseCode.FORBIDDEN, str(error)) from None


def read_message(frame: bytes | str, subprotocol: Subprotocol) -> Message:
    """The message in a frame. Raises `MalformedMessage`."""
    try:
        decoded = decode_json(frame)
    except MalformedJson as error:
        raise MalformedMessage(str(error)) from None
    if not isinstance(decoded, dict):
        raise MalformedMessage("A message must be a JSON object.")
    return subprotocol.read(decoded)


class GraphQLWebSocket:
    """Queries, mutations and subscriptions over WebSocket; an ASGI application."""

    def __init__(
        self,
        operations: Operations,
        authenticate: Authenticate,
        context_of: ContextOf,
        sockets: SocketDeps,
        legacy: bool,
        now_ms: Callable[[], Instant],
    ) -> None:
        """`now_ms`: the clock that tokens expire by.

        `sockets` may be shared with other endpoints. `legacy`: whether the older subprotocol graphql-ws is spoken too.
        """
        self._deps = GraphQLSocketDeps(operations, authenticate, context_of, sockets, now_ms)
        id_chars_max = sockets.limits.operation_id_chars_max
        self._subprotocols: list[Subprotocol] = [TransportWs(id_chars_max)]
        if legacy:
            self._subprotocols.append(LegacyWs(id_chars_max))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not await check_origin(self._deps.sockets, scope, receive, send):
            return
        handshake = Handshake.of(scope, receive, send)
        subprotocol = self._choose_subprotocol(scope["subprotocols"])
        if subprotocol is None:
            await handshake.accept()
            reason = "Subprotocol not acceptable"
            await send({"type": "websocket.close", "code": CloseCode.SUBPROTOCOL_NOT_ACCEPTABLE, "reason": reason})
            return
        await handshake.accept(subprotocol.subprotocol)
        await Connection(self._deps, subprotocol, handshake).run()

    def _choose_subprotocol(self, offered: list[str]) -> Subprotocol | None:
        """The first of ours that the client offers: the newer one where it offers both."""
        return next((each for each in self._subprotocols if each.subprotocol in offered), None)
