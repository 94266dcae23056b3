"""The app that uvicorn calls: the routing of requests and sockets ahead of FastAPI."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from time import perf_counter

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lobby.auth.caller import Caller
from lobby.ports import Unavailable
from lobby.stores import InUse, NewerSchema, OldSqlite
from lobby.stores.codec import Unreadable
from schema.server_info import VERSION
from web.connections.connection_limits import address_of, is_shared_key
from web.connections.request_interceptor import RequestInterceptor
from web.connections.shared_addresses import key_of_caller
from web.connections.unread_bytes import UnreadBytes
from web.container import Container
from web.http.callers import authorization
from web.http.origins import Origins, is_preflight, send_origin_refused, send_preflight
from web.http.rate_limits import ERROR_STATUSES, HANDSHAKE_REQUESTS, RequestLimiter, send_rate_limited
from web.http.request import REQUEST_ID_HEADER, header
from web.reloading import Reloader
from web.traffic_metrics import AnsweredRequest, TrafficMetrics, path_label

STARTUP_ERRORS = (InUse, NewerSchema, OldSqlite, Unreadable, Unavailable, ValueError)
"""Errors at the start that an operator has to fix. One line describes each; a traceback would not help."""
FIELDS_OF_PATH = {"/healthz": 0, "/readyz": 0, "/sessions": 2_000, "/openapi.json": 5_000, "/metrics": 5_000}
FIELDS_OF_OTHER_PATHS = 200
"""The cost of a request of REST or of an operator for its address: the fields that GraphQL would answer in the same time."""
_STRANGER = Caller()

_RESPONSE_STARTS = ("http.response.start", "websocket.http.response.start")

Lifespan = Callable[["LobbyApp"], AbstractAsyncContextManager[None]]


class LobbyApp(FastAPI):
    """A FastAPI app that answers GraphQL and all sockets ahead of the layers of FastAPI.

    FastAPI 0.165 sends each request through eight layers ahead of its route. Measured under load they took 40 % of a
    query's time, and GraphQL needs none of them.
    """

    def __init__(
        self,
        lifespan: Lifespan,
        request_limiter: RequestLimiter,
        origins: Origins,
        root_path: str,
        traffic: TrafficMetrics,
    ) -> None:
        """`lifespan` is entered before the first request and left after the last. `root_path`: the prefix of all paths."""
        super().__init__(
            title="AdventureBot2 lobby",
            version=VERSION,
            docs_url=None,
            redoc_url=None,
            openapi_url=None,
            redirect_slashes=False,
        )
        self.request_limiter = request_limiter
        self.unread_bytes = UnreadBytes(key_of_host=request_limiter.shared.key_of_host)
        """Of all connections. `web.serving` puts one with the limits of the server in its place."""
        self._traffic = traffic
        self._origins = origins
        self._root_path = root_path
        self.interceptor: RequestInterceptor | None = None
        """Answers known requests without ASGI; None in the plain server, and before the start."""
        self.container: Container | None = None
        """None before the start."""
        self.reloader: Reloader | None = None
        """None before the start."""
        self._lifespan = lifespan
        self._apps: dict[tuple[str, str], ASGIApp] = {}

    def serve(self, kind: str, path: str, app: ASGIApp) -> None:
        """Send the connections of a kind ("http" or "websocket") on a path to a plain ASGI app.

        A path with a slash at the end is served too, without a redirect: Unity's clients follow none for a POST or a socket.
        """
        self._apps[kind, path] = self._apps[kind, f"{path}/"] = app

    def open(self) -> AbstractAsyncContextManager[None]:
        """The app from its start to its end, for a caller without an ASGI server. May raise one of `STARTUP_ERRORS`."""
        return self._lifespan(self)

    async def drain(self) -> None:
        """Ask every follower to reconnect later, then close the sockets. Called before the shutdown."""
        if self.container is not None:
            await self.container.drain()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind == "lifespan":
            await self._handle_lifespan(receive, send)
            return
        if kind == "http":
            send = self._count_response(scope, send)
        elif self._traffic.has_access_log:
            send = self._log_handshake(scope, send)
        preflight = is_preflight(scope)
        if preflight and self._origins.allows_preflight(scope):
            # This request is not counted: a browser sends it by itself, and the request that follows it counts.
            await send_preflight(scope, send)
            return
        address = self._address_of(scope)
        wait_ms = self.request_limiter.request_wait_ms(address, HANDSHAKE_REQUESTS if kind == "websocket" else 1)
        if wait_ms:
            await send_rate_limited(scope, receive, self._delay_errors(send, address), wait_ms)
            return
        if preflight:
            await send_origin_refused(scope, receive, self._delay_errors(send, address))
            return
        await self.request_limiter.turns.begin(address)
        if kind == "websocket":
            await self.request_limiter.delay_handshake(address)
        if self._root_path:
            scope["root_path"] = self._root_path
            if scope["path"].startswith(f"{self._root_path}/"):
                scope["path"] = scope["path"].removeprefix(self._root_path)
        if kind == "http" and scope["method"] == "HEAD":
            scope, receive, send = _head_as_get(scope, receive, send)
        app = self._apps.get((kind, scope["path"]))
        if app is not None:
            await app(scope, receive, send)
            return
        await self.call_routes(scope, receive, send)

    async def call_routes(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by the routes of FastAPI: REST and operators. Their requests count for the address of the client."""
        address = address_of(scope)
        fields = FIELDS_OF_PATH.get(scope["path"].rstrip("/"), FIELDS_OF_OTHER_PATHS)
        wait_ms = self.request_limiter.fields_wait_ms(fields, _STRANGER, address) if fields else 0
        if wait_ms:
            await send_rate_limited(scope, receive, self._delay_errors(send, address), wait_ms)
        else:
            await super().__call__(_normalize(scope), receive, self._delay_errors(send, address))

    def _count_response(self, scope: Scope, send: Send) -> Send:
        """`send`, which counts the response by its status."""
        request = self._request(scope, scope["method"])

        async def counted_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._traffic.count_response(request, message["status"], _request_id(message))
            await send(message)

        return counted_send

    def _log_handshake(self, scope: Scope, send: Send) -> Send:
        """`send`, which writes the outcome of a WebSocket's handshake to the access log."""
        request = self._request(scope, "WebSocket")
        is_answered = False

        async def logged_send(message: Message) -> None:
            nonlocal is_answered
            if not is_answered:
                is_answered = True
                status = message.get("status") or (101 if message["type"] == "websocket.accept" else 403)
                self._traffic.log_response(request, status, _request_id(message))
            await send(message)

        return logged_send

    def _request(self, scope: Scope, method: str) -> AnsweredRequest:
        path = scope["path"]
        label = path_label(path.removeprefix(self._root_path))
        return AnsweredRequest(method, path, label, address_of(scope), perf_counter())

    def _address_of(self, scope: Scope) -> str:
        """The key that the client is counted under, which the scope has from then on. Behind a shared address that is its player,
        so the credentials are read first."""
        key = self.request_limiter.shared.key_of_scope(scope)
        if not is_shared_key(key) or self.container is None:
            return key
        caller = self.container.authentication.authenticate(authorization(header(scope, b"authorization")))
        key = key_of_caller(key, caller)
        scope["client"] = (key, 0)
        return key

    def _delay_errors(self, send: Send, address: str) -> Send:
        """`send`, with error responses delayed. GraphQL delays its own, since it answers many errors with a 200.

        Each response takes a turn, because many requests may have waited for the same thing, such as the OpenAPI document.
        """

        async def delayed_send(message: Message) -> None:
            if message["type"] in _RESPONSE_STARTS:
                if message["status"] in ERROR_STATUSES:
                    await self.request_limiter.delay_error_response(address)
                if not self.request_limiter.turns.may_go_on():
                    await self.request_limiter.turns.wait(address)
            await send(message)

        return delayed_send

    async def _handle_lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(self.open())
            except STARTUP_ERRORS as error:
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                return
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


def _request_id(message: Message) -> str | None:
    """The request id in the headers of a response."""
    return next((value.decode() for name, value in message.get("headers", ()) if name == REQUEST_ID_HEADER), None)


def _head_as_get(scope: Scope, receive: Receive, send: Send) -> tuple[Scope, Receive, Send]:
    """A HEAD as the GET whose head it asks for. uvicorn leaves out the body of the response.

    A stream of events would have no end, so its client counts as gone once the head of the response is sent.
    """
    is_head_sent = asyncio.Event()

    async def receive_until_head() -> Message:
        return {"type": "http.disconnect"} if is_head_sent.is_set() else await receive()

    async def send_head(message: Message) -> None:
        await send(message)
        is_head_sent.set()

    return {**scope, "method": "GET"}, receive_until_head, send_head


def _normalize(scope: Scope) -> Scope:
    """The scope for FastAPI's routes: a path without a slash at its end.

    FastAPI redirects from a path with a slash: behind a proxy with TLS to http://, and many clients don't repeat a POST.
    """
    if scope["type"] != "http":
        return scope
    return {**scope, "path": scope["path"].removesuffix("/") or "/"}
