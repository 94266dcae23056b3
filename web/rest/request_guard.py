"""In front of the REST routes: bounds bodies, gives each response a request id, logs unexpected errors once and masks them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lobby.app.errors import LIMIT_EXCEEDED
from web.graphql.execution.error_reporting import internal_entry
from web.http.request import (
    REQUEST_ID_HEADER,
    Disconnected,
    HTTPError,
    HTTPLimits,
    header,
    read_body,
    request_id_of,
    require_json,
    require_utf8,
)
from web.rest.errors import http_error_response, internal_error_response


class RequestGuard:
    """ASGI middleware. WebSockets pass through it unchanged."""

    def __init__(
        self,
        app: ASGIApp,
        limits: HTTPLimits | None = None,
        settle: Callable[[str | None], Awaitable[None]] | None = None,
    ) -> None:
        """`settle` waits until the sender of an Authorization header can be looked up without waiting."""
        self._app = app
        self._settle = settle
        self._limits = limits or HTTPLimits()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        response = _GuardedResponse(send, request_id_of(scope), self._limits.answer_bytes_max)
        scope.setdefault("state", {})["request_id"] = response.request_id
        try:
            body = await self._body(scope, receive)
            if self._settle is not None:
                await self._settle(header(scope, b"authorization"))
            await self._app(scope, _replay(body, receive), response)
        except HTTPError as error:
            await http_error_response(error)(scope, receive, response)
        except _AnswerTooLong:
            message = f"The answer has more than {self._limits.answer_bytes_max} bytes."
            await http_error_response(HTTPError(400, LIMIT_EXCEEDED, message))(scope, receive, response)
        except Disconnected:
            pass
        except Exception as error:
            await response.fail(error, scope, receive)

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        bytes_max = self._limits.query_bytes_max
        if len(scope["query_string"]) > bytes_max:
            raise HTTPError(414, LIMIT_EXCEEDED, f"A query string has at most {bytes_max} bytes.")
        body = await read_body(scope, receive, self._limits)
        if body:
            require_json(header(scope, b"content-type"))
            require_utf8(body)
        return body


def request_id(request: Request) -> str:
    """The id that the guard gave the request."""
    found: str = request.scope["state"]["request_id"]
    return found


class _AnswerTooLong(Exception):
    """The application made a body that is longer than it may be. Nothing of it has been sent."""


class _GuardedResponse:
    """A `send` that adds headers, and knows whether the response has begun."""

    def __init__(self, send: Send, request_id: str, bytes_max: int) -> None:
        """It raises `_AnswerTooLong` for a response with a body of more than `bytes_max` bytes, unless that is an error."""
        self._send = send
        self._bytes_max = bytes_max
        self.request_id = request_id
        self._has_begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if message["status"] < 400 and int(headers.get("content-length", "0")) > self._bytes_max:
                raise _AnswerTooLong
            self._has_begun = True
            headers[REQUEST_ID_HEADER.decode()] = self.request_id
            headers.setdefault("cache-control", "no-store")
        await self._send(message)

    async def fail(self, error: Exception, scope: Scope, receive: Receive) -> None:
        """Log the error. Answer 500 with the request id, unless the response has begun."""
        entry = internal_entry(error, self.request_id, f"{scope['method']} {scope['path'][:100]!r}")
        if not self._has_begun:
            await internal_error_response(entry["message"], self.request_id)(scope, receive, self)


def _replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` for the application: first the body, which has been read, then what the client sends after it."""
    unread = [body]

    async def replay() -> Message:
        if unread:
            return {"type": "http.request", "body": unread.pop(), "more_body": False}
        return await receive()

    return replay
