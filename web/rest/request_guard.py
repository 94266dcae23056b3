"""In front of the routes: bodies are bounded, answers have a request id, and our own faults are logged once and masked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lobby.http.body import Disconnected, read_body, require_json
from lobby.http.headers import header
from lobby.http.limits import HTTPLimits
from lobby.http.refusal import Refusal
from lobby.http.request_id import REQUEST_ID_HEADER, request_id_of
from lobby.http.rest.problems import problem
from lobby.operations.errors import INTERNAL, LIMIT_EXCEEDED
from lobby.operations.reporting import internal_entry


class Gate:
    """ASGI middleware. It leaves sockets alone."""

    def __init__(
        self,
        app: ASGIApp,
        limits: HTTPLimits | None = None,
        settle: Callable[[str | None], Awaitable[None]] | None = None,
    ) -> None:
        """`settle` waits until it can be told at once who sends an Authorization header."""
        self._app = app
        self._settle = settle
        self._limits = limits or HTTPLimits()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answering = _Answering(send, request_id_of(scope))
        scope.setdefault("state", {})["request_id"] = answering.request_id
        try:
            body = await self._body(scope, receive)
            if self._settle is not None:
                await self._settle(header(scope, b"authorization"))
            await self._app(scope, _replayed(body, receive), answering)
        except Refusal as refusal:
            response = problem(refusal.status, refusal.code, refusal.message).response()
            response.raw_headers.extend(refusal.headers)
            await response(scope, receive, answering)
        except Disconnected:
            pass
        except Exception as error:
            await answering.fault(error, scope, receive)

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        most = self._limits.query_bytes_max
        if len(scope["query_string"]) > most:
            raise Refusal(414, LIMIT_EXCEEDED, f"A query string has at most {most} bytes.")
        body = await read_body(scope, receive, self._limits)
        if body:
            require_json(header(scope, b"content-type"))
        return body


def request_id(request: Request) -> str:
    """The id that the gate gave the request."""
    found: str = request.scope["state"]["request_id"]
    return found


class _Answering:
    """A `send` that knows whether it has begun."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self.request_id = request_id
        self._has_begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._has_begun = True
            headers = MutableHeaders(scope=message)
            headers[REQUEST_ID_HEADER.decode()] = self.request_id
            headers.setdefault("cache-control", "no-store")
        await self._send(message)

    async def fault(self, error: Exception, scope: Scope, receive: Receive) -> None:
        """A 500 with the request id, if it is not too late for one."""
        entry = internal_entry(error, self.request_id, f"{scope['method']} {scope['path'][:100]!r}")
        if self._has_begun:
            return
        masked = problem(500, INTERNAL, entry["message"]).model_copy(update={"requestId": self.request_id})
        await masked.response()(scope, receive, self)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The body once more, for whoever reads it behind the gate; then what else the client does."""
    unread = [body]

    async def replay() -> Message:
        if unread:
            return {"type": "http.request", "body": unread.pop(), "more_body": False}
        return await receive()

    return replay
