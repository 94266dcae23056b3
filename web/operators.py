"""For operators and game servers: liveness, readiness, metrics, the public keys of session tickets, and replays of events."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from typing import Annotated, TypeVar

from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from lobby.app.errors import UNAUTHENTICATED, CallerError
from lobby.app.metrics import COMMIT_BOUNDS_S, Metrics
from lobby.auth.authentication import Authentication
from lobby.auth.tickets import CACHE_S, Tickets
from lobby.domain.values import Instant
from lobby.live.event_sender import EventSender
from lobby.live.hub import Hub
from lobby.live.matchmaker import Matchmaker
from lobby.ports import Clock, OutboxCounts, Store, StoreCounts, Unavailable
from lobby.runtime.repeated_warning import RepeatedWarning
from schema.server_info import VERSION
from web.connections.open_connections import Connections
from web.http.callers import Authenticate
from web.http.request import header

log = logging.getLogger(__name__)

Counts = TypeVar("Counts")

RESULT_VALID_S = 1.0
"""How long a result of the readiness check is reused. The check writes to the disk, so many callers must not mean many checks."""
CHECK_WAIT_S = 2.0
"""How long the check may take. A store that takes longer is no place to send players to."""


@dataclass(frozen=True, slots=True)
class OperatorDeps:
    """The dependencies of the routes. `needs_key`: only operators may read the metrics."""

    tickets: Tickets
    clock: Clock
    store: Store
    readiness: Readiness
    sources: Sources
    authenticate: Authenticate
    needs_key: bool
    event_sender: EventSender | None


def add_operator_routes(app: FastAPI, deps: OperatorDeps) -> None:
    @app.get("/healthz", tags=["operators"])
    async def healthz() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    @app.get("/readyz", tags=["operators"], responses={503: {"description": "Not now."}})
    async def readyz() -> JSONResponse:
        """The store can commit, and the server is not shutting down."""
        problem = await deps.readiness.problem()
        if problem is None:
            return JSONResponse({"status": "ready"})
        return JSONResponse({"status": "not ready", "problem": problem}, 503)

    @app.get("/metrics", tags=["operators"], response_class=Response)
    async def show_metrics(request: Request) -> Response:
        """Metrics in Prometheus' text format. Needs an operator's key as Bearer token, if the server has operator keys."""
        _require_operator(request, deps)
        counts, outbox = await _or_none(deps.store.store_counts()), None
        if deps.event_sender is not None and counts is not None:
            outbox = await _or_none(deps.store.event_outbox.counts())
        events = EventNumbers(deps.event_sender, outbox, deps.clock.now()) if deps.event_sender is not None else None
        return Response(metrics(deps.sources, counts, events), media_type=METRICS_CONTENT_TYPE)

    @app.get("/.well-known/jwks.json", tags=["game servers"])
    async def jwks() -> JSONResponse:
        """The public keys of session tickets as a JSON Web Key Set: of the current, the next and the previous signing key."""
        key_set = deps.tickets.key_set(deps.clock.now())
        return JSONResponse(key_set, headers={"cache-control": f"public, max-age={CACHE_S}"})

    if deps.event_sender is not None:
        _add_replay_route(app, deps, deps.event_sender)


def _add_replay_route(app: FastAPI, deps: OperatorDeps, event_sender: EventSender) -> None:
    @app.post("/events/replay", tags=["operators"])
    async def replay_events(
        request: Request,
        since: Annotated[datetime, Query(description="Events from this time on; without an offset in UTC.")],
        party_id: Annotated[str | None, Query(max_length=64, description="Only events of this party.")] = None,
    ) -> dict[str, int]:
        """Send events again to the webhook (`LOBBY_EVENTS_URL`), as far as they are kept. Needs a moderator's key. `parties`: how
        many parties have such events."""
        by = deps.authenticate(header(request.scope, b"authorization")).moderator
        if by is None:
            raise CallerError(UNAUTHENTICATED, "A moderator's key is needed.")
        since_ms = round((since if since.tzinfo is not None else since.replace(tzinfo=UTC)).timestamp() * 1000)
        parties = await deps.store.event_outbox.replay(since_ms, deps.clock.now(), party_id)
        log.info("%s had events since %s sent again, of %d parties", by, since.isoformat(), parties)
        event_sender.hint()
        return {"parties": parties}


async def _or_none(counts: Awaitable[Counts]) -> Counts | None:
    """None while the store can't be asked: the metrics of the process are needed most at that time."""
    try:
        async with asyncio.timeout(CHECK_WAIT_S):
            return await counts
    except (Unavailable, TimeoutError):
        return None


def _require_operator(request: Request, deps: OperatorDeps) -> None:
    given = header(request.scope, b"authorization")
    if deps.needs_key and not deps.authenticate(given).is_operator:
        raise CallerError(UNAUTHENTICATED, "An operator's key is needed.")


class Readiness:
    """Checks if the server can do its work now, for a load balancer that decides where to send players."""

    def __init__(self, check: Callable[[], Awaitable[None]], is_going_down: Callable[[], bool]) -> None:
        """`check` commits something to the store, and raises `Unavailable` if that fails."""
        self._check = check
        self._is_going_down = is_going_down
        self._checking: asyncio.Task[str | None] | None = None
        self._checked_at = 0.0
        self._not_ready = RepeatedWarning(log)

    async def problem(self) -> str | None:
        """Why the server is not ready, in words for an operator; None if it is ready."""
        if self._is_going_down():
            return "the server is going down"
        now = asyncio.get_running_loop().time()
        if self._checking is None or (self._checking.done() and now - self._checked_at >= RESULT_VALID_S):
            self._checked_at = now
            self._checking = asyncio.create_task(self._check_store(), name="readiness")
        return await asyncio.shield(self._checking)

    async def _check_store(self) -> str | None:
        try:
            async with asyncio.timeout(CHECK_WAIT_S):
                await self._check()
        except (Unavailable, TimeoutError) as error:
            reason = str(error) or f"{type(error).__name__}, the store took longer than {CHECK_WAIT_S} s"
            self._not_ready.log("not ready: %s", reason)
            return "the store can't keep anything now"
        return None


# Metrics of the running server in Prometheus' text format. None of them names a player or a party.

METRICS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SUCCESSES = ("done", "replayed")


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources of the numbers of this process."""

    metrics: Metrics
    hub: Hub
    matchmaker: Matchmaker
    connections: Connections
    authentication: Authentication


@dataclass(frozen=True, slots=True)
class EventNumbers:
    """What this node has sent to the webhook, and what waits as of `now`. `outbox` None: the store can't be asked."""

    sender: EventSender
    outbox: OutboxCounts | None
    now: Instant


def metrics(sources: Sources, store_counts: StoreCounts | None, events: EventNumbers | None) -> bytes:
    """All metrics as of now: `store_counts` are the store's, which nodes may share; the rest is this process' own.

    Without `store_counts`, the store can't be asked now. Then the metrics of the store are left out. `events` None: the server
    sends none.
    """
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(_LobbyCollector(sources, store_counts, events))
    return generate_latest(registry)


class _LobbyCollector(Collector):
    def __init__(self, sources: Sources, store_counts: StoreCounts | None, events: EventNumbers | None) -> None:
        self._sources = sources
        self._store_counts = store_counts
        self._events = events

    def collect(self) -> Iterable[Metric]:
        sources, store = self._sources, self._store_counts
        info = GaugeMetricFamily("lobby_info", "The version that runs.", labels=["version"])
        info.add_metric([VERSION], 1)
        yield info
        yield GaugeMetricFamily("lobby_store_up", "Whether the store answers: 1 or 0.", store is not None)
        if store is not None:
            yield GaugeMetricFamily("lobby_parties", "Live parties in the store.", store.parties)
            yield GaugeMetricFamily("lobby_sessions", "Sessions in the store that wait or run.", store.sessions)
            yield GaugeMetricFamily("lobby_saved_runs", "Runs in the store with a checkpoint.", store.saved_runs)
        yield GaugeMetricFamily(
            "lobby_followers", "Live subscriptions to parties, on this node.", sources.hub.follower_count
        )
        yield GaugeMetricFamily(
            "lobby_connections", "Open sockets and event streams, on this node.", sources.connections.open_count
        )
        matchmaker = sources.matchmaker
        yield GaugeMetricFamily(
            "lobby_searches",
            "Searches that wait for a match; 0 on nodes without the matchmaker.",
            matchmaker.searching_count,
        )
        yield GaugeMetricFamily(
            "lobby_matchmaker_longest_slice_seconds",
            "The most CPU time for which the matchmaker of this node has kept the event loop.",
            matchmaker.longest_slice_s,
        )
        yield GaugeMetricFamily(
            "lobby_matchmaker_longest_tick_seconds", "The most CPU time of one tick of it.", matchmaker.longest_tick_s
        )
        yield _issuers(sources.authentication.issuers)
        yield _mutations(sources.metrics)
        yield _rejections(sources.metrics)
        yield _commits(sources.metrics)
        if self._events is not None:
            yield from _event_metrics(self._events)


def _event_metrics(events: EventNumbers) -> Iterable[Metric]:
    if events.outbox is not None:
        oldest_at = events.outbox.oldest_at
        lag_s = max(0, events.now - oldest_at) / 1000 if oldest_at is not None else 0
        yield GaugeMetricFamily(
            "lobby_events_waiting_parties",
            "Parties with events that were not sent to the webhook.",
            events.outbox.parties,
        )
        yield GaugeMetricFamily("lobby_events_lag_seconds", "The age of the oldest event that was not sent.", lag_s)
    sender = events.sender
    yield CounterMetricFamily("lobby_events_sent", "Events that the webhook has taken from this node.", sender.sent)
    yield CounterMetricFamily(
        "lobby_events_failed", "Messages to the webhook that this node has to send again.", sender.failed
    )
    yield CounterMetricFamily("lobby_events_lost", "Events that were given up, on this node.", sender.lost)


def _issuers(issuers: Mapping[str, bool]) -> Metric:
    family = GaugeMetricFamily(
        "lobby_issuer_reachable",
        "Whether the keys of an issuer of players could be read at the last attempt: 1 or 0.",
        labels=["issuer"],
    )
    for issuer, is_reachable in issuers.items():
        family.add_metric([issuer], is_reachable)
    return family


def _mutations(metrics: Metrics) -> Metric:
    family = CounterMetricFamily(
        "lobby_mutations",
        "Mutations, the server's own among them, by outcome: done, replayed or rejected.",
        labels=["mutation", "outcome"],
    )
    counts: Counter[tuple[str, str]] = Counter()
    for (mutation, outcome), count in metrics.commands.items():
        counts[mutation, outcome if outcome in _SUCCESSES else "rejected"] += count
    for labels, count in sorted(counts.items()):
        family.add_metric(labels, count)
    return family


def _rejections(metrics: Metrics) -> Metric:
    family = CounterMetricFamily(
        "lobby_rejections", "Rejected mutations, by the code of the rejection.", labels=["code"]
    )
    counts: Counter[str] = Counter()
    for (_, outcome), count in metrics.commands.items():
        if outcome not in _SUCCESSES:
            counts[outcome] += count
    for code, count in sorted(counts.items()):
        family.add_metric([code], count)
    return family


def _commits(metrics: Metrics) -> Metric:
    family = HistogramMetricFamily("lobby_commit_seconds", "How long commits took until they were durable.")
    bounds = (*map(str, COMMIT_BOUNDS_S), "+Inf")
    family.add_metric([], list(zip(bounds, accumulate(metrics.commits), strict=True)), metrics.commit_s)
    return family
