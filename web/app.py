"""The whole server as an ASGI app: `create_app`, one builder per transport, and the routing ahead of FastAPI."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from time import perf_counter

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lobby.auth.caller import Caller
from lobby.ports import Unavailable
from lobby.runtime.loop_lag import LoopLag
from lobby.runtime.turns import Turns
from lobby.stores import InUse, NewerSchema, OldSqlite
from lobby.stores.codec import Unreadable
from resolvers.root import schema
from schema.server_info import VERSION
from web.connections.connection_limits import ConnectionLimiter, address_of, is_shared_key
from web.connections.request_interceptor import RequestInterceptor
from web.connections.shared_addresses import SharedAddresses, key_of_caller
from web.connections.socket_conversation import SocketDeps
from web.connections.unread_bytes import UnreadBytes
from web.container import Container, open_container
from web.fast import FastParts
from web.graphql.execution.client_documents import client_documents
from web.graphql.execution.executor import CoreExecutor, OperationExecutor
from web.graphql.execution.operation_service import Operations
from web.graphql.explorer.pages import QUERIES, SOURCES, GraphiQLAssets, GraphiQLPage, ReferencePage, read_examples
from web.graphql.http_endpoint import GraphQLHTTP
from web.graphql.sse import EventStreams
from web.graphql.ws.connection import GraphQLWebSocket
from web.home_page import EXPLORER, METRICS, READINESS, REFERENCE, HomePage
from web.http.callers import CallerResolver, authorization
from web.http.origins import Origins, is_preflight, send_origin_refused, send_preflight
from web.http.rate_limits import ERROR_STATUSES, HANDSHAKE_REQUESTS, RequestLimiter, send_rate_limited
from web.http.request import REQUEST_ID_HEADER, header
from web.join_page import add_join_page
from web.metrics import Sources
from web.operators import OperatorDeps, Readiness, add_operator_routes
from web.rest.routes import add_rest_routes
from web.settings.settings import Settings
from web.traffic_metrics import AnsweredRequest, TrafficMetrics, path_label
from web.updates.connection import Updates
from web.updates.subscription import push_nothing

CLIENT_QUERIES = Path(__file__).parents[1] / "client_queries"
TRUSTED = (CLIENT_QUERIES, CLIENT_QUERIES / "game_server")
"""Folders of documents that are known from the start: those of players and those of game servers."""
STARTUP_ERRORS = (InUse, NewerSchema, OldSqlite, Unreadable, Unavailable, ValueError)
"""Errors at the start that an operator has to fix. One line describes each; a traceback would not help."""


def create_app(settings: Settings | None = None) -> LobbyApp:
    """The whole server. Its lifespan opens the container, and then adds the transports, which need the container's parts."""
    settings = settings or Settings()
    turns = Turns()
    request_limiter = RequestLimiter(settings.rates(), turns, SharedAddresses(settings.shared_addresses))
    origins = Origins(settings.allowed_origins, settings.allowed_hosts if settings.open_rest else None)
    core = CoreExecutor(schema._schema, hide_suggestions=not settings.introspection, turns=turns)
    fast = FastParts(core, schema, settings.answer_bytes_max) if settings.fast else None
    operations = build_operations(settings, fast.executor if fast is not None else core)

    @asynccontextmanager
    async def lifespan(app: LobbyApp) -> AsyncIterator[None]:
        async with open_container(settings, turns) as container:
            app.container = container
            loop_lag = LoopLag()
            loop_lag.start()
            transports = Transports(
                settings=settings,
                container=container,
                operations=operations,
                fast=fast,
                request_limiter=request_limiter,
                connection_limiter=ConnectionLimiter(settings.connection_limits()),
                origins=origins,
                callers=CallerResolver(container.authentication.authenticate, container.context, settings.open_rest),
                loop_lag=loop_lag,
            )
            transports.add_to(app)
            try:
                yield
            finally:
                loop_lag.stop()

    return LobbyApp(lifespan, request_limiter, origins, settings.root_path, operations.metrics)


def build_operations(settings: Settings, executor: OperationExecutor) -> Operations:
    """The executor of GraphQL operations for all transports. The documents of `client_queries/` are prepared here."""
    documents = _trusted_documents()
    operations = Operations(
        schema._schema,
        executor,
        settings.document_limits(settings.answer_bytes_max),
        trusted=documents.values(),
        trusted_only=settings.trusted_documents_only,
        introspection=settings.introspection,
    )
    operations.metrics.add_operations(documents)
    operations.metrics.has_access_log = settings.access_log
    return operations


@cache
def _trusted_documents() -> Mapping[str, str]:
    """By the names of their operations. Read and put together once in a process."""
    return {name: text for folder in TRUSTED for name, text in client_documents(folder).items()}


@dataclass(frozen=True, slots=True)
class Transports:
    """Builds the transports of one server from the parts that they share."""

    settings: Settings
    container: Container
    operations: Operations
    fast: FastParts | None
    """None in a plain server."""
    request_limiter: RequestLimiter
    connection_limiter: ConnectionLimiter
    origins: Origins
    callers: CallerResolver
    loop_lag: LoopLag

    def add_to(self, app: LobbyApp) -> None:
        graphql = self.graphql_http()
        if self.fast is not None:
            body_bytes_max = self.settings.body_bytes_max
            app.interceptor = self.fast.fast_path(
                graphql, "/graphql", self.operations, self.request_limiter, body_bytes_max
            )
        app.serve("http", "/graphql", self.origins.with_cors(graphql))
        sockets = self.socket_deps()
        push_updates = self.fast.push_updates if self.fast is not None else push_nothing
        app.serve("websocket", "/graphql", self.graphql_websocket(sockets))
        app.serve("websocket", "/updates", Updates(self.callers, sockets, push_updates))
        examples = partial(read_examples, SOURCES / "journey.json", QUERIES, schema._schema)
        assets = GraphiQLAssets(examples if self.settings.graphiql else None)
        app.serve("http", "/graphiql", assets)
        app.mount("/graphiql", assets)
        app.serve("http", "/docs", ReferencePage())
        operators = self.operator_deps(app.unread_bytes)
        explorer = (EXPLORER,) if self.settings.graphiql else ()
        links = (*explorer, REFERENCE, READINESS, METRICS)
        app.serve("http", "/", HomePage(links, operators.readiness.problem, app.call_routes))
        add_operator_routes(app, operators)
        if self.settings.game_url is not None:
            add_join_page(app, self.container.services.join_service, self.settings.game_url)
        add_rest_routes(app, self.callers, self.origins, self.request_limiter.turns, self.settings.http_limits())

    def graphql_http(self) -> GraphQLHTTP:
        """GraphQL over HTTP, and over server-sent events on the same path."""
        return GraphQLHTTP(
            self.operations,
            self.container.authentication.authenticate,
            self.container.context,
            self.settings.http_limits(),
            GraphiQLPage() if self.settings.graphiql else None,
            EventStreams(self.settings.stream_limits(), self.container.connections, self.connection_limiter),
            self.request_limiter,
        )

    def graphql_websocket(self, sockets: SocketDeps) -> GraphQLWebSocket:
        return GraphQLWebSocket(
            self.operations,
            self.container.authentication.authenticate,
            self.container.context,
            sockets,
            legacy=self.settings.legacy_sockets,
            now_ms=self.container.services.clock.now,
        )

    def socket_deps(self) -> SocketDeps:
        """The dependencies that the sockets of /graphql and /updates share."""
        return SocketDeps(
            self.settings.socket_limits(self.settings.stalled_send_s),
            self.origins.may_connect,
            self.container.connections,
            self.connection_limiter,
            self.request_limiter,
        )

    def operator_deps(self, unread_bytes: UnreadBytes) -> OperatorDeps:
        container = self.container
        return OperatorDeps(
            tickets=container.services.tickets,
            clock=container.services.clock,
            store=container.store,
            readiness=Readiness(container.store.check, lambda: container.connections.is_going_down),
            sources=Sources(
                metrics=container.services.handler.metrics,
                traffic=self.operations.metrics,
                request_limiter=self.request_limiter,
                hub=container.services.hub,
                matchmaker=container.matchmaker,
                connections=container.connections,
                authentication=container.authentication,
                unread_bytes=unread_bytes,
                loop_lag=self.loop_lag,
                store_kind=self.settings.store.partition(":")[0],
            ),
            authenticate=container.authentication.authenticate,
            needs_key=bool(self.settings.operator_keys),
            event_sender=container.event_sender,
        )


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
