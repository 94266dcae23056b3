"""Builds the whole server as an ASGI app: `create_app`, and one builder per transport."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from lobby.runtime.measures import LoopLag
from lobby.runtime.turns import Turns
from resolvers.root import schema
from web.connections.connection_limits import ConnectionLimiter
from web.connections.shared_addresses import SharedAddresses
from web.connections.socket_conversation import SocketDeps
from web.connections.unread_bytes import UnreadBytes
from web.console.pages import ConsoleFiles, ConsolePage
from web.container import Container, SharedWithTransports, open_container
from web.fast import FastParts
from web.graphql.execution.client_documents import client_documents
from web.graphql.execution.executor import CoreExecutor, OperationExecutor, TracedExecutor
from web.graphql.execution.operation_service import Operations
from web.graphql.explorer.pages import QUERIES, SOURCES, GraphiQLAssets, GraphiQLPage, ReferencePage, read_examples
from web.graphql.http_endpoint import GraphQLHTTP
from web.graphql.sse import EventStreams
from web.graphql.ws.connection import GraphQLWebSocket
from web.home_page import CONSOLE, EXPLORER, METRICS, READINESS, REFERENCE, HomePage
from web.http.callers import CallerResolver
from web.http.origins import Origins
from web.http.rate_limits import RequestLimiter
from web.join_page import add_join_page
from web.lobby_app import LobbyApp
from web.metrics import Sources
from web.operators import OperatorDeps, add_operator_routes
from web.reloading import Reloader
from web.rest.routes import add_rest_routes
from web.settings.settings import Settings
from web.updates.connection import Updates
from web.updates.subscription import push_nothing

CLIENT_QUERIES = Path(__file__).parents[1] / "client_queries"
TRUSTED = (
    CLIENT_QUERIES,
    *(CLIENT_QUERIES / folder for folder in ("game_server", "moderator", "operator")),
)
"""Folders of documents that are known from the start: those of players, of game servers, and of operators and moderators."""


def create_app(settings: Settings | None = None) -> LobbyApp:
    """The whole server. Its lifespan opens the container, and then adds the transports, which need the container's parts."""
    settings = settings or Settings()
    turns = Turns()
    request_limiter = RequestLimiter(settings.rates(), turns, SharedAddresses(settings.shared_addresses))
    origins = Origins(settings.allowed_origins, settings.allowed_hosts if settings.open_rest else None)
    core = CoreExecutor(schema._schema, hide_suggestions=not settings.introspection, turns=turns)
    fast = FastParts(core, schema, settings.answer_bytes_max) if settings.fast else None
    executor: OperationExecutor = fast.executor if fast is not None else core
    operations = build_operations(settings, executor if settings.traces_url is None else TracedExecutor(executor))

    @asynccontextmanager
    async def lifespan(app: LobbyApp) -> AsyncIterator[None]:
        loop_lag = LoopLag()
        shared = SharedWithTransports(turns, request_limiter.throttle_log, loop_lag, operations.metrics.requests)
        async with open_container(settings, shared) as container:
            app.container = container
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
            app.reloader = Reloader(settings, container, request_limiter, origins)
            yield

    return LobbyApp(lifespan, request_limiter, origins, settings.root_path, operations.metrics)


def build_operations(settings: Settings, executor: OperationExecutor) -> Operations:
    """The executor of GraphQL operations for all transports. The documents of `client_queries/` are prepared here."""
    documents = trusted_documents()
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
def trusted_documents() -> Mapping[str, str]:
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
                graphql,
                "/graphql",
                self.operations,
                self.request_limiter,
                body_bytes_max,
                reads_memory=self.container.valkey_client is None,
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
        console = (CONSOLE,) if self.settings.console else ()
        if self.settings.console:
            app.serve("http", "/console", ConsolePage())
            app.mount("/console", ConsoleFiles())
        links = (*explorer, REFERENCE, *console, READINESS, METRICS)
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
            readiness=container.readiness,
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
                valkey_client=container.valkey_client,
                store_kind=self.settings.store.partition(":")[0],
            ),
            authenticate=container.authentication.authenticate,
            needs_key=lambda: container.authentication.has_operator_keys,
            event_sender=container.event_sender,
        )
