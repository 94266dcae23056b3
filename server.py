"""The composition root: settings, store, services, schema, ASGI app."""

from __future__ import annotations

import argparse
import gc
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from socket import gethostname
from typing import Any

from pydantic import ValidationError
from pydantic_settings import SettingsError

from lobby.allocators.chosen import chosen
from lobby.auth.authentication import Authentication
from lobby.auth.caller import Caller
from lobby.auth.credentials import Credentials
from lobby.auth.hashed_keys import HashedKeys
from lobby.auth.passwords import Passwords
from lobby.auth.ticket_keys import TicketKeys
from lobby.auth.tickets import Tickets
from lobby.clock import SystemClock
from lobby.domain.bounds import HOUR_MS, MINUTE_MS
from lobby.domain.values import PartyId
from lobby.entering import Entrance
from lobby.http.admission import Admission
from lobby.http.callers import Callers
from lobby.http.connections import Connections
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
from lobby.live.allocations import Allocations
from lobby.live.bus import Bus
from lobby.live.deadlines import Deadlines
from lobby.live.hub import FollowLimits, Hub
from lobby.live.lobby_feed import LobbyFeed
from lobby.live.player_streams import PlayerStreams
from lobby.live.presence import Presence
from lobby.live.sweeper import Sweeper
from lobby.operations import Operations
from lobby.operations.client_documents import client_documents
from lobby.ports import Store, Unavailable
from lobby.rates.attempts import WINDOW_MS, Tries
from lobby.rates.commanding import CommandRates
from lobby.reader import Reader
from lobby.service import Lobby
from lobby.settings import Settings, ms
from lobby.stores import InUse, NewerSchema, OldSqlite, open_store, without_credentials
from lobby.stores.codec import Unreadable
from lobby.stores.valkey import is_valkey
from lobby.stores.valkey.address import Address
from lobby.stores.valkey.attempts import SharedAttempts
from lobby.stores.valkey.store import ValkeyStore
from lobby.version import VERSION
from resolvers.context import Context, Services
from resolvers.shown_frames import ShownFrames
from schema.root import schema
from schema.server_info import ServerLimits

log = logging.getLogger("lobby")

CLIENT_QUERIES = Path(__file__).with_name("client_queries")
TRUSTED = (CLIENT_QUERIES, CLIENT_QUERIES / "game_server")
"""Whose documents are known from the start: those of players, and those of game servers."""
CANNOT_START = (InUse, NewerSchema, OldSqlite, Unreadable, Unavailable, ValueError)
"""What an operator has to mend: told in a line, without a traceback."""
COLLECTED_AT = (20_000, 20, 20)
"""Python's collector looks for circles whenever so many more objects were made than freed; by itself that is 700. Nearly all
here are values that hold no circles, and are freed by counting references: looking so often took a sixth of a mutation's time."""
DRAIN_WAIT_S = 3.0
"""How long followers have to be told when to come back, before their sockets close."""


class House:
    """The services of one running server, from its start to its end."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.connections = Connections()
        self._open = AsyncExitStack()

    async def open(self) -> None:
        settings, bounds, clock = self.settings, self.settings.bounds(), SystemClock()
        secret = settings.secret_value()
        self.store = store = await open_store(
            settings.store, bounds, settings.retention(), clock, place=_place(settings)
        )
        self._open.push_async_callback(store.close)
        passwords = Passwords()
        self._open.callback(passwords.close)
        bus = Bus(self._hinted, self._resync, Address.read(settings.store) if is_valkey(settings.store) else None)
        await bus.open()
        self._open.push_async_callback(bus.close)
        rates, tries = settings.rates(), _tries(store, settings)
        lobby = Lobby(store, bus, clock, passwords, bounds, CommandRates(rates) if rates else None, tries)
        streams = PlayerStreams(settings.streams_per_player_max)
        self.presence = Presence(lobby, store, clock, bounds)
        self.hub = Hub(
            store,
            clock,
            self.presence,
            bounds,
            FollowLimits(heartbeat_s=settings.heartbeat_s, queue_max=settings.follower_queue_max),
            streams,
        )
        self.feed = LobbyFeed(store, clock)
        self.credentials = Credentials(
            secret,
            store,
            clock,
            round(settings.access_token_min * MINUTE_MS),
            round(settings.refresh_token_days * 24 * HOUR_MS),
            settings.guests,
            settings.previous_secret_values(),
        )
        self.authentication = Authentication(
            self.credentials,
            clock,
            settings.service_key_hashes(),
            HashedKeys(settings.operator_keys),
            settings.issuers,
        )
        await self.authentication.open()
        self._open.push_async_callback(self.authentication.close)
        keys = TicketKeys(secret, round(settings.ticket_key_days * 24 * HOUR_MS), settings.previous_secret_values())
        self.tickets = Tickets(keys, ms(settings.ticket_s))
        self.services = Services(
            lobby=lobby,
            entrance=Entrance(lobby),
            reader=Reader(store),
            hub=self.hub,
            feed=self.feed,
            streams=streams,
            tries=tries,
            credentials=self.credentials,
            tickets=self.tickets,
            clock=clock,
            bounds=bounds,
            frames=ShownFrames(),
            limits=_client_limits(settings),
            fingerprint_key=secret.key("fingerprints"),
        )
        allocator = chosen(settings.allocator_choice(), store, clock)
        self._open.push_async_callback(allocator.close)
        deadlines = Deadlines(lobby, store, clock, self.presence.up_since, Allocations(lobby, allocator))
        for runner in (self.presence, deadlines, Sweeper(store, clock)):
            await runner.open()
            self._open.push_async_callback(runner.close)

    async def drain(self) -> None:
        """Tell every follower when to come back, then close the sockets. Nothing here says that players have gone."""
        self.presence.freeze()
        self.connections.is_going_down = True
        self.feed.drain()
        await self.hub.drain(DRAIN_WAIT_S)
        await self.connections.drain()

    async def close(self) -> None:
        await self._open.aclose()

    def caller(self, authorization: str | None) -> Caller:
        return self.authentication.caller(authorization)

    def context(self, caller: Caller, request_id: str, address: str) -> Context:
        """Every operation of a player's shows that the player is there."""
        if caller.player is not None:
            self.presence.seen(caller.player.id)
        return Context(caller, request_id, self.services, address)

    def _hinted(self, party_id: PartyId, seq: int) -> None:
        self.hub.hint(party_id, seq)
        self.feed.hint(party_id)

    def _resync(self) -> None:
        self.hub.resync()
        self.feed.resync()


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
    settings = _read_settings({name: value for name, value in vars(asked.parse_args()).items() if value is not None})
    exit_in_peace_on_signals()
    gc.set_threshold(*COLLECTED_AT)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it has a line for every request
    logging.getLogger("uvicorn").setLevel(logging.WARNING)  # it has three lines for every socket
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


def _tries(store: Store, settings: Settings) -> Tries:
    """Guesses are counted by all nodes together where they share a store."""
    if not isinstance(store, ValkeyStore):
        return Tries.local(settings.tries())
    link = store.link
    return Tries.counted(lambda kind, most: SharedAttempts(link, kind, most, WINDOW_MS), settings.tries())


def _keep_for_good() -> None:
    """Put the schema and the plans, which stay as long as the process does, out of the garbage collector's sight. Looking at them
    once takes 100 ms and more, which every request waits for."""
    gc.collect()
    gc.freeze()


def _client_limits(settings: Settings) -> ServerLimits:
    return ServerLimits(
        mutations_per_second=settings.mutations_per_player_s,
        mutations_burst=settings.mutations_per_player_burst,
        fields_per_second=settings.fields_per_player_s,
        fields_burst=settings.fields_per_player_burst,
        streams_max=settings.streams_per_player_max,
        connections_max=settings.connections_per_player_max,
        operations_per_socket_max=settings.operations_per_socket_max,
        body_bytes_max=settings.body_bytes_max,
        frame_bytes_max=settings.frame_bytes_max,
        document_chars_max=settings.document_chars_max,
    )


def _place(settings: Settings) -> str | None:
    """What a node is known by among those that share a store; None: on whichever port is free."""
    return f"{gethostname()}:{settings.port}" if settings.port else None


def _serving_limits(settings: Settings) -> ServingLimits:
    """With proxies in front all clients have their addresses, as far as the kernel can tell."""
    head = HeadLimits(
        head_wait_s=settings.head_wait_s,
        connections_max=connections_held_max(settings.tcp_connections_max),
        connections_per_peer_max=None if settings.trusted_proxies else settings.tcp_connections_per_address_max,
    )
    return ServingLimits(
        frame_bytes_max=settings.frame_bytes_max, head=head, trusted_proxies=tuple(settings.trusted_proxies)
    )


def _read_settings(asked: dict[str, Any]) -> Settings:
    """The settings; one that can't be is told in a line by the name that an operator knows it by."""
    try:
        return Settings(**asked)
    except SettingsError as error:
        raise SystemExit(f"A setting that should be JSON is none: {error}") from None
    except ValidationError as error:
        lines = (f"LOBBY_{str(one['loc'][0]).upper()}{_within(one['loc'])}: {one['msg']}" for one in error.errors())
        raise SystemExit("\n".join(lines)) from None


def _within(place: tuple[int | str, ...]) -> str:
    """Where in a setting that has parts."""
    return "".join(f".{part}" for part in place[1:])


if __name__ == "__main__":
    main()
