"""The services of one running server, put together from its settings."""

from __future__ import annotations

from contextlib import AsyncExitStack
from socket import gethostname

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
from lobby.http.connections import Connections
from lobby.live.allocations import Allocations
from lobby.live.bus import Bus
from lobby.live.deadlines import Deadlines
from lobby.live.hub import POLL_S, POLL_SHARED_S, FollowLimits, Hub
from lobby.live.lobby_feed import LobbyFeed
from lobby.live.player_streams import PlayerStreams
from lobby.live.presence import Presence
from lobby.live.sweeper import Sweeper
from lobby.ports import Store
from lobby.rates.attempts import WINDOW_MS, Tries
from lobby.rates.commanding import CommandRates
from lobby.reader import Reader
from lobby.service import Lobby
from lobby.settings import Settings, ms
from lobby.stores import open_store
from lobby.stores.valkey import is_valkey
from lobby.stores.valkey.address import Address
from lobby.stores.valkey.attempts import SharedAttempts
from lobby.stores.valkey.store import ValkeyStore
from resolvers.context import Context, Services
from resolvers.shown_frames import ShownFrames
from schema.server_info import ServerLimits

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
            FollowLimits(
                heartbeat_s=settings.heartbeat_s,
                queue_max=settings.follower_queue_max,
                poll_s=POLL_SHARED_S if is_valkey(settings.store) else POLL_S,
            ),
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


def _tries(store: Store, settings: Settings) -> Tries:
    """Guesses are counted by all nodes together where they share a store."""
    if not isinstance(store, ValkeyStore):
        return Tries.local(settings.tries())
    link = store.link
    return Tries.counted(lambda kind, most: SharedAttempts(link, kind, most, WINDOW_MS), settings.tries())


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
