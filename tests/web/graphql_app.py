"""The sample schema on both transports, as the lobby mounts its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp

from lobby.auth.caller import Caller
from lobby.domain.model import Player
from lobby.limits.rate_limiter import RateLimits
from tests.manual_clock import ManualClock
from tests.serving import served
from tests.web.graphql.execution.calling import core_operations
from tests.web.graphql.execution.probe import Probe
from tests.web.graphql.execution.sample_schema import context_of, sample_schema
from web.connections.connection_limits import ConnectionLimiter, ConnectionLimits
from web.connections.open_connections import Connections
from web.connections.socket_conversation import SocketDeps, SocketLimits
from web.graphql.execution.document_limits import DocumentLimits
from web.graphql.http_endpoint import GraphQLHTTP
from web.graphql.sse import EventStreams, StreamLimits
from web.graphql.ws.connection import GraphQLWebSocket
from web.http.rate_limits import RequestLimiter
from web.http.request import HTTPLimits
from web.serving import ServingLimits

EXPIRES_AT = 1_000_000


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """The options of the server that a test can change."""

    http_limits: HTTPLimits | None = None
    socket_limits: SocketLimits | None = None
    stream_limits: StreamLimits | None = None
    document_limits: DocumentLimits | None = None
    connection_limits: ConnectionLimits | None = None
    rates: RateLimits | None = None
    serving_limits: ServingLimits | None = None
    page: ASGIApp | None = None
    legacy: bool = True
    drain_s: float = 5.0
    middleware: Callable[[ASGIApp, Probe], ASGIApp] = lambda app, _probe: app


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that runs, and the inner parts that tests look at."""

    url: str
    probe: Probe
    clock: ManualClock
    connections: Connections


def authenticate(authorization: str | None) -> Caller:
    """`Bearer ann` is Ann until `EXPIRES_AT`; any other token is refused."""
    if authorization is None:
        return Caller()
    if authorization == "Bearer ann":
        return Caller(Player("p1", "Ann"), EXPIRES_AT)
    return Caller(refusal="The token is not one of ours.")


@contextmanager
def running(setting: ServerOptions | None = None) -> Iterator[RunningServer]:
    """Serve the sample schema at /graphql and /graphql/."""
    setting = setting or ServerOptions()
    probe, clock = Probe(), ManualClock(0)
    operations = core_operations(sample_schema(probe), setting.document_limits)
    connection_limiter, request_limiter = ConnectionLimiter(setting.connection_limits), RequestLimiter(setting.rates)
    connections = Connections()
    sockets = SocketDeps(
        setting.socket_limits or SocketLimits(),
        lambda origin, _host: origin in (None, "https://game.example"),
        connections,
        connection_limiter,
        request_limiter,
    )
    socket = GraphQLWebSocket(operations, authenticate, context_of, sockets, setting.legacy, now_ms=clock.now)
    streams = EventStreams(setting.stream_limits or StreamLimits(), connections, connection_limiter)
    http = GraphQLHTTP(
        operations, authenticate, context_of, setting.http_limits, setting.page, streams, request_limiter
    )
    paths = ("/graphql", "/graphql/")
    routes = [*(Route(path, http) for path in paths), *(WebSocketRoute(path, socket) for path in paths)]
    app = setting.middleware(Starlette(routes=routes), probe)
    drain = partial(connections.drain, within_s=setting.drain_s)
    with served(app, drain, setting.serving_limits) as url:
        yield RunningServer(url, probe, clock, connections)
