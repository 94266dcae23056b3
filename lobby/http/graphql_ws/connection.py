"""One socket, from its acceptance to its end: who speaks, in what order, and which operations run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial

from starlette.types import Receive, Send

from lobby.auth.caller import Caller
from lobby.domain.values import Instant
from lobby.http.admission import Admission
from lobby.http.bounded_send import Gone
from lobby.http.credentials import Authenticate, ContextOf
from lobby.http.graphql_ws.dialect import RESULT_TAIL, Dialect
from lobby.http.graphql_ws.incoming import read_message
from lobby.http.graphql_ws.messages import Init, MalformedMessage, Message, Payload, Ping, Start, Stop, Terminate
from lobby.http.graphql_ws.operation import SocketOperation
from lobby.http.graphql_ws.sign_in import sign_in, still
from lobby.http.outlet import Outlet
from lobby.http.places import NoPlace, Place, Places
from lobby.http.sockets import closing
from lobby.http.sockets.closing import Closing, fitting_reason
from lobby.http.sockets.incoming import next_frame
from lobby.http.sockets.limits import SocketLimits
from lobby.http.sockets.pacing import paced
from lobby.http.sockets.running import Running
from lobby.http.sockets.sender import Sender
from lobby.operations import OperationCall, Operations, Result
from lobby.operations.errors import LIMIT_EXCEEDED, RATE_LIMITED
from lobby.operations.json_text import encode_json
from lobby.operations.reporting import internal_entry
from lobby.operations.result import ErrorEntry, error_entry


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all connections of an endpoint share."""

    operations: Operations
    authenticate: Authenticate
    context_of: ContextOf
    limits: SocketLimits
    now_ms: Callable[[], Instant]
    admission: Admission
    finishing: set[asyncio.Task[None]]


class Connection:
    """A conversation in one dialect. Messages are handled one after the other, so that a subscribe sent
    right behind connection_init finds the connection acknowledged."""

    def __init__(
        self,
        around: Surroundings,
        dialect: Dialect,
        receive: Receive,
        send: Send,
        drop: Callable[[], None],
        outlet: Outlet | None,
        authorization: str | None,
        request_id: str,
        address: str,
    ) -> None:
        """`drop` frees the transport at once; `authorization` is the handshake's own header."""
        self._around = around
        self._dialect = dialect
        self._receive = receive
        self._sender = Sender(send, around.limits.stalled_send_s, drop, outlet)
        self.drop = drop
        self._authorization = authorization
        self._request_id = request_id
        self._address = address
        self._place: Place | None = None
        self._operations_count = 0
        self._running: Running[SocketOperation] = Running(around.limits.operations_max, around.finishing)
        self._caller: Caller | None = None
        self._background: set[asyncio.Task[None]] = set()

    async def run_at(self, places: Places) -> None:
        """Hold the conversation, where there is a place for it, until either side ends it."""
        try:
            with places.one_more(self._address) as self._place:
                await self.run()
        except NoPlace as full:
            await self.close(closing.TRY_AGAIN_LATER, str(full))
            self._sender.let_go()

    async def run(self) -> None:
        """Hold the conversation until either side ends it."""
        overdue = asyncio.get_running_loop().call_later(self._around.limits.init_wait_s, self._init_overdue)
        try:
            await self._converse()
        except Closing as why:
            await self.close(why.code, why.reason)
        except NoPlace as full:
            await self.close(closing.TRY_AGAIN_LATER, str(full))
        except Gone:
            pass
        except Exception as error:
            internal_entry(error, self._request_id, "a socket's conversation")
            await self.close(closing.INTERNAL_ERROR, "Internal error")
        finally:
            overdue.cancel()
            await self._end()

    async def close(self, code: int, reason: str) -> None:
        """Say why, then close; of several calls the first counts."""
        reason = fitting_reason(reason)
        notice = None if code == closing.NORMAL else self._dialect.closing(code, reason)
        await self._sender.close(code, reason, notice)

    async def _converse(self) -> None:
        while await self._next_handled():
            pass

    async def _next_handled(self) -> bool:
        """Handle the next message; False once the client is gone. What was received is let go of before the next wait: a
        document is as large as all else that an idle socket keeps."""
        frame = await next_frame(self._receive, self._around.limits.frame_bytes_max)
        if frame is None:
            return False
        if self._sender.is_closed:
            return True
        await paced(self._around.admission, self._address)
        try:
            message = read_message(frame, self._dialect)
        except MalformedMessage as error:
            await self._refuse(error)
        else:
            await self._handle(message)
        return True

    async def _handle(self, message: Message) -> None:
        match message:
            case Start():
                await self._start(message)
            case Stop(id=operation_id):
                await self._stop(operation_id)
            case Ping(payload=payload):
                await self._sender.text(self._dialect.pong(payload))
            case Init(payload=payload):
                await self._init(payload)
            case Terminate():
                raise Closing(closing.NORMAL, "")

    async def _init(self, payload: Payload) -> None:
        if self._caller is not None:
            raise Closing(closing.TOO_MANY_INITS, "Too many initialisation requests")
        caller = await sign_in(payload, self._authorization, self._around.authenticate)
        if self._place is not None and caller.player is not None:
            self._place.belongs_to(caller.player.id)
        self._caller = caller
        for frame in self._dialect.acknowledged():
            await self._sender.text(frame)
        if self._dialect.keep_alive is not None:
            self._in_background(self._keep_alive(self._dialect.keep_alive))

    async def _start(self, start: Start) -> None:
        if self._caller is None:
            raise Closing(closing.UNAUTHORIZED, "Unauthorized")
        if start.id in self._running and not self._dialect.replaces_duplicates:
            raise Closing(closing.DUPLICATE_ID, f"Subscriber for {start.id} already exists")
        self._running.stop(start.id)
        try:
            refused = await self._begin(start, self._caller)
        except Exception as error:
            refused = [internal_entry(error, self._request_id, "the start of an operation")]
        if refused and all(entry["extensions"]["code"] == RATE_LIMITED for entry in refused):
            await self._finish(start.id, {"data": None, "errors": refused})
        elif refused:
            await self._sender.text(self._dialect.error(start.id, refused))

    async def _finish(self, operation_id: str, result: Result) -> None:
        """What may be asked for again is told as a result: `error` ends some Unity clients for good."""
        head = self._dialect.result_head(operation_id)
        await self._sender.text(f"{head}{encode_json(result).decode()}{RESULT_TAIL}")
        await self._sender.text(self._dialect.complete(operation_id))

    async def _begin(self, start: Start, caller: Caller) -> list[ErrorEntry]:
        """Set the operation going, or give the errors of one that can't be."""
        around = self._around
        if self._running.is_full:
            message = f"A socket runs at most {around.limits.operations_max} operations at once."
            return [error_entry(LIMIT_EXCEEDED, message)]
        operation = await around.operations.prepared(
            start.request, partial(around.admission.document_wait_ms, self._address)
        )
        if isinstance(operation, dict):
            return list(operation["errors"])
        caller = still(caller, around.now_ms())
        refused = around.admission.refusal(operation, start.request.variables, caller, self._address)
        if refused is not None:
            return list(refused["errors"])
        self._operations_count += 1
        request_id = f"{self._request_id}-{self._operations_count}"
        context = around.context_of(caller, request_id, self._address)
        call = OperationCall(operation, start.request.variables, context, request_id)
        self._running.start(
            SocketOperation(start.id, call, around.operations, self._dialect, self._sender, self._running.ended)
        )
        return []

    async def _stop(self, operation_id: str) -> None:
        if self._running.stop(operation_id):
            answer = self._dialect.stopped(operation_id)
            if answer is not None:
                await self._sender.text(answer)

    async def _refuse(self, error: MalformedMessage) -> None:
        answer = self._dialect.malformed(error)
        if answer is None:
            raise Closing(closing.MALFORMED_MESSAGE, error.message)
        await self._sender.text(answer)

    async def _keep_alive(self, frame: str) -> None:
        try:
            while True:
                await asyncio.sleep(self._around.limits.keep_alive_s)
                await self._sender.text(frame)
        except Gone:
            pass

    def _init_overdue(self) -> None:
        if self._caller is None:
            self._in_background(self.close(closing.INIT_TIMEOUT, "Connection initialisation timeout"))

    def _in_background(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _end(self) -> None:
        for task in self._background:
            task.cancel()
        await self._running.stop_all(self._around.limits.letting_go_s)
        self._sender.let_go()
