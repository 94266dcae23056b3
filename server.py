"""The composition root: settings, house, schema, ASGI app."""

from __future__ import annotations

import argparse
import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from house import House
from lobby.http.admission import Admission
from lobby.http.callers import Callers
from lobby.http.descriptors import connections_held_max
from lobby.http.front import Front
from lobby.http.graphql_http.endpoint import GraphQLHTTP
from lobby.http.graphql_http.shortcut import Shortcut
from lobby.http.graphql_sse.limits import StreamLimits
from lobby.http.graphql_sse.streams import EventStreams
from lobby.http.graphql_ws.endpoint import GraphQLWebSocket
from lobby.http.head_limits import HeadLimits
from lobby.http.operators.metrics import Sources
from lobby.http.operators.readiness import Readiness
from lobby.http.operators.routes import Operated, add_operator_routes
from lobby.http.origins import Origins
from lobby.http.pages import GraphiQLAssets, GraphiQLPage, graphiql_missing
from lobby.http.places import Places
from lobby.http.rest.routes import OPEN_NOTICE, add_rest_routes
from lobby.http.serving import Server, ServingLimits, exit_in_peace_on_signals, listening_socket, server_config
from lobby.http.updates.endpoint import Updates
from lobby.operations import Operations
from lobby.operations.client_documents import client_documents
from lobby.ports import Unavailable
from lobby.settings import Settings, read_settings
from lobby.stores import InUse, NewerSchema, OldSqlite, without_credentials
from lobby.stores.codec import Unreadable
from lobby.version import VERSION
from schema.root import schema

log = logging.getLogger("lobby")

CLIENT_QUERIES = Path(__file__).with_name("client_queries")
TRUSTED = (CLIENT_QUERIES, CLIENT_QUERIES / "game_server")
"""Whose documents are known from the start: those of players, and those of game servers."""
CANNOT_START = (InUse, NewerSchema, OldSqlite, Unreadable, Unavailable, ValueError)
"""What an operator has to mend: told in a line, without a traceback."""
COLLECTED_AT = (2_000, 20, 200)
"""Python's collector looks for circles whenever so many more objects were made than freed, and again at what is left after so
many such looks; by itself that is 700 and 10. Nearly all here are values that hold no circles, and are freed by counting
references: looking so often took a sixth of a mutation's time. One look at 20,000 objects took up to 30 ms, where they were to be
freed."""


def create_app(settings: Settings | None = None) -> Front:
    """The whole server as an ASGI app; `app.state.house` has its services, `house.drain` is for `Server`."""
    house = House(settings or Settings())

    @asynccontextmanager
    async def life() -> AsyncIterator[None]:
        try:
            await house.open()
            yield
        finally:
            await house.close()

    settings = house.settings
    admission = Admission(settings.rates())
    app = Front(
        life(), CANNOT_START, admission, title="AdventureBot2 lobby", version=VERSION, docs_url=None, redoc_url=None
    )
    app.state.house = house
    origins = Origins(settings.allowed_origins)
    places = Places(settings.place_limits())
    operations = Operations(
        schema._schema,
        settings.document_limits(),
        trusted=[text for folder in TRUSTED for text in client_documents(folder).values()],
        trusted_only=settings.trusted_documents_only,
        introspection=settings.introspection,
    )
    limits, http_limits = settings.socket_limits(), settings.http_limits()
    stream_limits = StreamLimits(stalled_send_s=settings.stalled_send_s)
    streams = EventStreams(stream_limits, house.connections, places)
    page = GraphiQLPage() if settings.graphiql else None
    graphql = GraphQLHTTP(operations, house.caller, house.context, http_limits, page, streams, admission)
    app.serve("http", "/graphql", origins.with_cors(graphql))
    app.shortcut = Shortcut(graphql, "/graphql")
    graphql_socket = GraphQLWebSocket(
        operations,
        house.caller,
        house.context,
        limits,
        origins.may_connect,
        legacy=settings.legacy_sockets,
        connections=house.connections,
        places=places,
        admission=admission,
    )
    app.serve("websocket", "/graphql", graphql_socket)
    callers = Callers(house.caller, house.context, settings.open_rest)
    updates = Updates(callers, limits, origins.may_connect, house.connections, places, admission)
    app.serve("websocket", "/updates", updates)
    if settings.graphiql:
        app.mount("/graphiql", GraphiQLAssets())
    add_operator_routes(app, _operated(house))
    add_rest_routes(app, callers, origins, http_limits)
    return app


def _operated(house: House) -> Operated:
    """What operators ask for; the services are there once somebody can ask."""
    connections = house.connections
    return Operated(
        key_set=lambda: house.tickets.key_set(house.services.clock.now()),
        readiness=Readiness(lambda: house.store.check(), lambda: connections.is_going_down),
        sources=lambda: Sources(
            house.services.lobby.tally,
            lambda: house.hub.follower_count,
            lambda: connections.open_count,
            lambda: house.authentication.issuers,
        ),
        census=lambda: house.store.census(),
        authenticate=house.caller,
        needs_key=bool(house.settings.operator_keys),
    )


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    asked = argparse.ArgumentParser(
        description="The AdventureBot2 lobby server. Settings: LOBBY_… variables, see README."
    )
    asked.add_argument("--host")
    asked.add_argument("--port", type=int)
    settings = read_settings({name: value for name, value in vars(asked.parse_args()).items() if value is not None})
    exit_in_peace_on_signals()
    gc.set_threshold(*COLLECTED_AT)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it has a line for every request
    # It has three lines for every socket, and a warning for every request of a stranger's that is not HTTP.
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
    app = create_app(settings)
    _keep_for_good()
    limits = _serving_limits(settings)
    config = server_config(app, settings.host, settings.port, limits)
    listening = listening_socket(config, limits)
    where = f"http://{settings.host}:{listening.getsockname()[1]}"
    log.info("version %s, store %s", VERSION, without_credentials(settings.store))
    log.info("GraphQL and GraphiQL: %s/graphql", where)
    log.info("REST: %s/docs", where)
    log.info("endpoints of sessions: LOBBY_ALLOCATOR=%s", settings.allocator)
    if settings.open_rest:
        log.warning("%s", OPEN_NOTICE)
    missing = graphiql_missing()
    if missing:
        log.info("%s", missing)

    async def drain() -> None:
        """Nobody new from here on: whoever is told to come back must not come back to this process."""
        for listener in server.servers:
            listener.close()
        await app.state.house.drain()

    server = Server(config, drain)
    server.run(sockets=[listening])


def _keep_for_good() -> None:
    """Put the schema and the plans, which stay as long as the process does, out of the garbage collector's sight. Looking at them
    once takes 100 ms and more, which every request waits for."""
    gc.collect()
    gc.freeze()


def _serving_limits(settings: Settings) -> ServingLimits:
    """With proxies in front all clients have their addresses, as far as the kernel can tell."""
    head = HeadLimits(
        head_wait_s=settings.head_wait_s,
        body_bytes_max=settings.body_bytes_max,
        connections_max=connections_held_max(settings.tcp_connections_max),
        connections_per_peer_max=None if settings.trusted_proxies else settings.tcp_connections_per_address_max,
    )
    return ServingLimits(
        frame_bytes_max=settings.frame_bytes_max, head=head, trusted_proxies=tuple(settings.trusted_proxies)
    )


if __name__ == "__main__":
    main()
