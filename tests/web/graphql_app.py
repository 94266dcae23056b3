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
from lobby.http.admission import Admission
from lobby.http.graphql_http import GraphQLHTTP, HTTPLimits
from lobby.http.graphql_sse.limits import StreamLimits
from lobby.http.graphql_sse.streams import EventStreams
from lobby.http.graphql_ws import GraphQLWebSocket, SocketLimits
from lobby.http.places import PlaceLimits, Places
from lobby.http.serving import ServingLimits
from lobby.operations import DocumentLimits, Operations
from lobby.rates.rates import RateLimits
from tests.operations.probe import Probe
from tests.operations.sample_schema import context_of, sample_schema
from tests.serving import served

EXPIRES_AT = 1_000_000


class ManualClock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now_ms = 0

    def __call__(self) -> int:
        return self.now_ms


@dataclass(frozen=True, slots=True)
class Setting:
    """What a test can change about the server."""

    http_limits: HTTPLimits | None = None
    socket_limits: SocketLimits | None = None
    stream_limits: StreamLimits | None = None
    document_limits: DocumentLimits | None = None
    place_limits: PlaceLimits | None = None
    rates: RateLimits | None = None
    serving_limits: ServingLimits | None = None
    page: ASGIApp | None = None
    legacy: bool = True
    drain_s: float = 5.0
    middleware: Callable[[ASGIApp, Probe], ASGIApp] = lambda app, _probe: app


@dataclass(frozen=True, slots=True)
class Running:
    """A server that runs, and what the test sees of its inside."""

    url: str
    probe: Probe
    clock: ManualClock
    socket: GraphQLWebSocket


def authenticate(authorization: str | None) -> Caller:
    """`Bearer ann` is Ann until `EXPIRES_AT`; any other token is refused."""
    if authorization is None:
        return Caller()
    if authorization == "Bearer ann":
        return Caller(Player("p1", "Ann"), EXPIRES_AT)
    return Caller(refusal="The token is not one of ours.")


@contextmanager
def running(setting: Setting | None = None) -> Iterator[Running]:
    """Serve the sample schema at /graphql and /graphql/."""
    setting = setting or Setting()
    probe, clock = Probe(), ManualClock()
    operations = Operations(sample_schema(probe), setting.document_limits)
    places, admission = Places(setting.place_limits), Admission(setting.rates)
    socket = GraphQLWebSocket(
        operations,
        authenticate,
        context_of,
        setting.socket_limits,
        origins=lambda origin, _host: origin in (None, "https://game.example"),
        now_ms=clock,
        legacy=setting.legacy,
        places=places,
        admission=admission,
    )
    streams = EventStreams(setting.stream_limits, socket.connections, places)
    http = GraphQLHTTP(operations, authenticate, context_of, setting.http_limits, setting.page, streams, admission)
    paths = ("/graphql", "/graphql/")
    routes = [*(Route(path, http) for path in paths), *(WebSocketRoute(path, socket) for path in paths)]
    app = setting.middleware(Starlette(routes=routes), probe)
    drain = partial(socket.connections.drain, within_s=setting.drain_s)
    with served(app, drain, setting.serving_limits) as url:
        yield Running(url, probe, clock, socket)
