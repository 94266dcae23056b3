"""The services of one running server, put together from its settings."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from socket import gethostname
from typing import TYPE_CHECKING

from lobby.allocators import create_allocator
from lobby.app.block_service import BlockService
from lobby.app.command_handler import CommandHandler
from lobby.app.guest_devices import GuestDevices
from lobby.app.identity_service import IdentityService
from lobby.app.invite_service import InviteService
from lobby.app.join_service import JoinService
from lobby.app.matchmaking.search_service import SearchService
from lobby.app.moderation_service import ModerationService
from lobby.app.moderation_view import ModerationView
from lobby.app.node_monitor import Gauges, NodeMonitor, Observed
from lobby.app.party_search import PartySearch
from lobby.app.player_names import PlayerNames
from lobby.app.player_records import PlayerRecords
from lobby.app.private_views import PrivateViews
from lobby.app.query_service import QueryService
from lobby.app.report_service import ReportService
from lobby.app.run_service import RunService
from lobby.app.text_check import TextCheck
from lobby.auth.accounts import SignInProvider
from lobby.auth.authentication import Authentication
from lobby.auth.caller import Caller
from lobby.auth.passwords import Passwords
from lobby.domain.viewer_access import AccessLevel
from lobby.limits.attempt_limiter import WINDOW_MS, AttemptLimiters
from lobby.limits.count_limiter import StreamLimiter
from lobby.limits.rate_limiter import CommandLimiter, PlayerLimiters
from lobby.limits.throttle_log import ThrottleLog
from lobby.live.allocation import SessionAllocator
from lobby.live.deadlines_and_retention import DeadlineLoop, RetentionLoop
from lobby.live.event_sender import EventSender
from lobby.live.hint_bus import Bus
from lobby.live.hint_bus.messages import BusLimits
from lobby.live.hub import POLL_S, POLL_SHARED_S, FollowLimits, Hub
from lobby.live.inbox_stream import InboxHints
from lobby.live.lobby_feed import LobbyFeed
from lobby.live.logs import is_inbox_log
from lobby.live.matchmaker import Matchmaker
from lobby.live.moderation_watch import HINT, ModerationWatch
from lobby.live.presence import Presence
from lobby.live.seat_offers import SeatOffers
from lobby.ports import Store
from lobby.runtime.clock import OutsideClock, SystemClock, TimeWatch
from lobby.runtime.gc_tuning import YoungObjects
from lobby.runtime.log_context import note_request
from lobby.runtime.measures import Histogram, LoopLag
from lobby.runtime.turns import Turns
from lobby.stores import SqliteLimits, open_store
from lobby.stores.valkey.address import Address, is_valkey
from lobby.text_filters import NoFilter, create_text_filter
from resolvers.context import Context, NodeFacts, Services
from schema.server_info import ServerLimits
from web.connections.open_connections import Connections
from web.connections.socket_conversation import CloseCode
from web.operators import Readiness, read_store_counts
from web.settings.in_force import settings_in_force
from web.settings.rules import to_ms
from web.settings.settings import Settings
from web.sign_in import open_sign_in
from web.updates.messages import encode_event

if TYPE_CHECKING:
    from lobby.stores.valkey.client import ValkeyClient
    from lobby.stores.valkey.store import ValkeyStore

DRAIN_WAIT_S = 3.0
"""How long the followers' streams may take to send their last frame, before their sockets close."""


@dataclass(frozen=True, slots=True)
class Container:
    """The services of one running server. All of them run from the moment that the container exists."""

    services: Services
    store: Store
    presence: Presence
    matchmaker: Matchmaker
    authentication: Authentication
    connections: Connections
    command_limiter: CommandLimiter | None
    """None without rate limits."""
    valkey_client: ValkeyClient | None
    """None for a store that is not a Valkey."""
    event_sender: EventSender | None
    """None without `LOBBY_EVENTS_URL`."""
    readiness: Readiness
    providers: dict[str, SignInProvider]
    """The providers of sign-ins, by name. Those that are issuers may change."""

    def context(self, caller: Caller, request_id: str, address: str) -> Context:
        """The context of one operation. Every operation counts as a sign of life of its player."""
        if caller.player is not None:
            self.presence.record_request(caller.player.id)
            if self.command_limiter is not None:
                self.command_limiter.note_address(caller.player.id, address)
        note_request(request_id, caller.player.id if caller.player is not None else None)
        return Context(caller, request_id, self.services, address)

    async def drain(self) -> None:
        """Ask every follower to reconnect later, then close the sockets. Players stay present until the end: their
        absence would be the server's fault."""
        self.presence.freeze()
        self.connections.is_going_down = True
        self.services.feed.drain()
        await self.services.hub.drain(DRAIN_WAIT_S)
        await self.connections.drain()


@dataclass(frozen=True, slots=True)
class SharedWithTransports:
    """The parts that the services and the transports share. `operations_s`: the times of all queries and mutations so far."""

    turns: Turns
    throttle_log: ThrottleLog
    loop_lag: LoopLag
    operations_s: Callable[[], Histogram]


@asynccontextmanager
async def open_container(settings: Settings, shared: SharedWithTransports) -> AsyncIterator[Container]:
    """Open all services, and close them in reverse order at the end.

    Raises `ValueError` for settings that do not fit together, and what opening the store raises.
    """
    bounds, clock, secret = settings.bounds(), SystemClock(), settings.secret_value()
    async with AsyncExitStack() as stack:
        store = await open_store(
            settings.store,
            bounds,
            settings.retention(),
            clock,
            limits=SqliteLimits(copies_before_update=settings.copy_before_update),
            node_name=_node_name(settings),
            sends_events=settings.events_url is not None,
        )
        stack.push_async_callback(store.close)
        passwords = Passwords()
        stack.callback(passwords.close)
        bus = Bus(Address.read(settings.store) if is_valkey(settings.store) else None, BusLimits())
        attempts = _attempt_limiters(store, settings)
        rates = settings.rates()
        command_limiter = CommandLimiter(rates, shared.throttle_log) if rates else None
        limiters = PlayerLimiters(command_limiter, attempts)
        handler = CommandHandler(store, bus, clock, passwords, bounds, limiters)
        text_filter = create_text_filter(settings.text_filter_settings(), clock)
        stack.push_async_callback(text_filter.close)
        text_check = TextCheck(text_filter)
        if not isinstance(text_filter, NoFilter):
            handler.command_checks.append(text_check.check)
        moderation = ModerationView(clock, secret.key("erased players"))
        handler.change_checks.append(moderation.check_change)
        presence = Presence(handler, store, clock, bounds)
        streams = StreamLimiter(settings.streams_per_player_max)
        join_service, names = JoinService(handler, presence), PlayerNames(store, moderation.is_erased)
        invite_service = InviteService(handler, join_service.proposals, names)
        hub = Hub(store, clock, presence, bounds, _follow_limits(settings), streams, invite_service.invites_of)
        feed = LobbyFeed(store, clock, shared.turns, streams)
        connections = Connections()
        watch = ModerationWatch(
            handler,
            moderation,
            hub,
            bus,
            lambda player_id, reason: connections.close_player(player_id, CloseCode.FORBIDDEN, reason),
            lambda: connections.players,
        )
        search_service = SearchService(handler)
        stack.push_async_callback(search_service.close)
        matchmaker = Matchmaker(search_service, store, clock, shared.turns, moderation.is_in_maintenance)
        event_sender = _event_sender(settings, store, clock)
        await _open_bus(bus, hub, feed, store, watch, matchmaker, settings, event_sender)
        stack.push_async_callback(bus.close)
        inbox_hints = InboxHints(bus)
        store.inbox_listeners.append(inbox_hints.on_entry)
        stack.push_async_callback(inbox_hints.close)
        sign_in = await stack.enter_async_context(open_sign_in(settings, secret, store, clock, moderation))
        authentication = sign_in.authentication
        watch.erasure_listeners += (
            lambda digest: authentication.forget_all(),
            lambda digest: shared.throttle_log.clear(),
        )
        allocator = create_allocator(settings.allocator_settings(), store, OutsideClock(clock))
        stack.push_async_callback(allocator.close)
        time_watch = TimeWatch(clock, presence.restart_graces)
        allocations = SessionAllocator(handler, allocator)
        seat_offers = SeatOffers(handler, presence)
        presence.inbox_listeners.append(seat_offers.on_connected)
        deadlines = DeadlineLoop(
            handler,
            store,
            clock,
            lambda: max(presence.up_since(), time_watch.resumed_at),
            allocations,
            seat_offers,
            search_service,
        )
        timers: tuple[LoopLag | YoungObjects, ...] = (shared.loop_lag, YoungObjects())
        for timer in timers:
            timer.start()
            stack.callback(timer.stop)
        observed = Observed(
            handler.metrics,
            shared.operations_s,
            shared.loop_lag,
            lambda: Gauges(connections.open_count, hub.follower_count),
        )
        monitor = NodeMonitor(observed, clock)
        retention = RetentionLoop(store, clock, settings.sweep_s)
        for loop in (watch, time_watch, presence, deadlines, matchmaker, retention, monitor):
            await loop.open()
            stack.push_async_callback(loop.close)
        if event_sender is not None:
            await event_sender.open()
            stack.push_async_callback(event_sender.close)
        run_service = RunService(handler, join_service.proposals, settings.checkpoints_per_player_max)
        block_service = BlockService(handler, names)
        records = PlayerRecords(handler, run_service, block_service)
        readiness = Readiness(store.check, lambda: connections.is_going_down)
        facts = NodeFacts(
            settings.store.partition(":")[0],
            readiness.problem,
            partial(read_store_counts, store),
            lambda: matchmaker.searching_count,
            settings_in_force(settings),
        )
        services = Services(
            handler=handler,
            join_service=join_service,
            query_service=QueryService(store),
            run_service=run_service,
            text_check=text_check,
            invite_service=invite_service,
            block_service=block_service,
            report_service=ReportService(handler),
            moderation_service=ModerationService(handler, moderation, names, watch.carry_out, records),
            moderation=moderation,
            guest_devices=GuestDevices(
                store.moderation,
                moderation,
                clock,
                secret.key("devices"),
                settings.device_kept_ms(),
            ),
            search_service=search_service,
            party_search=PartySearch(store, settings.searched_parties_max),
            private_views=PrivateViews(store, clock),
            monitor=monitor,
            throttled=shared.throttle_log,
            node=facts,
            hub=hub,
            feed=feed,
            attempts=attempts,
            credentials=sign_in.credentials,
            identity_service=IdentityService(
                handler, sign_in.account_players, sign_in.credentials, sign_in.providers, text_check
            ),
            tickets=sign_in.tickets,
            clock=clock,
            bounds=bounds,
            limits=client_limits(settings),
            join_url=settings.join_url,
            fingerprint_key=secret.key("fingerprints"),
        )
        valkey_store = _valkey_store(store, settings)
        yield Container(
            services=services,
            store=store,
            presence=presence,
            matchmaker=matchmaker,
            authentication=authentication,
            connections=connections,
            command_limiter=command_limiter,
            valkey_client=valkey_store.client if valkey_store is not None else None,
            event_sender=event_sender,
            readiness=readiness,
            providers=sign_in.providers,
        )


async def _open_bus(
    bus: Bus,
    hub: Hub,
    feed: LobbyFeed,
    store: Store,
    watch: ModerationWatch,
    matchmaker: Matchmaker,
    settings: Settings,
    event_sender: EventSender | None,
) -> None:
    """Pass the hints of all nodes on to what follows parties and to what lists them."""

    def on_hint(log_id: str, seq: int) -> None:
        if log_id == HINT:
            watch.hint()
            return
        hub.hint(log_id, seq)
        if not is_inbox_log(log_id):
            feed.hint(log_id)
            if event_sender is not None:
                event_sender.hint()

    def on_resync() -> None:
        hub.resync()
        feed.resync()

    if (valkey_store := _valkey_store(store, settings)) is not None:
        valkey_store.loss_listeners += (on_resync, matchmaker.reread)
    await bus.open(on_hint, on_resync)


def _event_sender(settings: Settings, store: Store, clock: SystemClock) -> EventSender | None:
    """The sender of events to the service of the operator, which sees what an operator sees."""
    if settings.events_url is None:
        return None
    from lobby.live.event_webhook import EventWebhook  # httpx is slow to import, and few servers need it

    event_settings = settings.event_settings()
    webhook = EventWebhook(event_settings, lambda entry: encode_event(entry, AccessLevel.FORMER), OutsideClock(clock))
    return EventSender(store, clock, webhook, event_settings)


def _attempt_limiters(store: Store, settings: Settings) -> AttemptLimiters:
    """Limiters of guesses. Nodes that share a store count them together."""
    valkey_store = _valkey_store(store, settings)
    if valkey_store is None:
        return AttemptLimiters.local(settings.attempt_limits())
    from lobby.stores.valkey.shared_presence_and_attempts import SharedAttemptLimiter

    client = valkey_store.client
    return AttemptLimiters.create(
        lambda kind, count_max: SharedAttemptLimiter(client, kind, count_max, WINDOW_MS), settings.attempt_limits()
    )


def _valkey_store(store: Store, settings: Settings) -> ValkeyStore | None:
    """The store, if nodes share it over Valkey."""
    if not is_valkey(settings.store):
        return None
    from lobby.stores.valkey.store import ValkeyStore  # the client of Valkey is slow to import

    assert isinstance(store, ValkeyStore)
    return store


def _follow_limits(settings: Settings) -> FollowLimits:
    return FollowLimits(
        heartbeat_s=settings.heartbeat_s,
        inbox_kept_ms=settings.retention().inbox_ms,
        queue_max=settings.follower_queue_max,
        poll_s=POLL_SHARED_S if is_valkey(settings.store) else POLL_S,
        reconnect_spread_max_ms=to_ms(settings.reconnect_spread_max_s),
    )


def client_limits(settings: Settings) -> ServerLimits:
    """The limits that the schema shows to clients."""
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


def _node_name(settings: Settings) -> str | None:
    """The name of this node among those that share a store; None if the port is not known yet (0)."""
    return f"{gethostname()}:{settings.port}" if settings.port else None
