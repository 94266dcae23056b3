"""The metrics of the running server in Prometheus' text format. None of them names a player or a party.

Names follow Prometheus' conventions: `lobby_`, what is measured, its unit, and `_total` for counters. Labels have few values, and
those that are known from the start are there from the start with 0, so that alerts see the first increase.
"""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.registry import Collector

from lobby.app import errors
from lobby.app.metrics import MUTATION_KINDS, Metrics
from lobby.auth.authentication import Authentication
from lobby.domain.rejections import RejectionCode
from lobby.domain.values import Instant
from lobby.live.event_sender import EventSender
from lobby.live.frames import SnapshotReason
from lobby.live.hub import Hub
from lobby.live.matchmaker import Matchmaker
from lobby.ports import OutboxCounts, StoreCounts
from lobby.runtime.measures import Histogram, LoopLag
from schema.server_info import VERSION
from web.connections.open_connections import Connections
from web.connections.unread_bytes import UnreadBytes
from web.graphql.execution.operation import OTHER
from web.http.rate_limits import THROTTLES, RequestLimiter
from web.traffic_metrics import PATHS, TrafficMetrics

if TYPE_CHECKING:
    from lobby.stores.valkey.client import ValkeyClient

METRICS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SUCCESSES = ("done", "replayed")
_OUTCOMES = (*_SUCCESSES, "rejected")
_ERROR_CODES = tuple(value for name, value in vars(errors).items() if name.isupper() and isinstance(value, str))
Labels = TypeVar("Labels", bound=tuple[str, ...])
_GIT = Path(__file__).parents[1] / ".git"
_BUILT = Path(__file__).with_name("commit.txt")


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources of the numbers of this process."""

    metrics: Metrics
    traffic: TrafficMetrics
    request_limiter: RequestLimiter
    hub: Hub
    matchmaker: Matchmaker
    connections: Connections
    authentication: Authentication
    unread_bytes: UnreadBytes
    loop_lag: LoopLag
    store_kind: str
    """"memory", "sqlite" or "valkey"."""
    valkey_client: ValkeyClient | None
    """None for a store that is not a Valkey."""


@dataclass(frozen=True, slots=True)
class EventNumbers:
    """Events that this node has sent to the webhook, and those that wait as of `now`. `outbox` None: the store can't be asked."""

    sender: EventSender
    outbox: OutboxCounts | None
    now: Instant


async def metrics(
    sources: Sources, store_counts: StoreCounts | None, events: EventNumbers | None, address: str
) -> bytes:
    """All metrics as of now: `store_counts` are the store's, which nodes may share; the rest is this process' own.

    Without `store_counts`, the store can't be asked now. Then the metrics of the store are left out. `events` None: the server
    sends none. All of them take 3.5 ms of CPU, so they are written in turns of the event loop, for the client at `address`.
    """
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)
    registry.register(_LobbyCollector(sources, store_counts, events))
    turns, texts = sources.request_limiter.turns, []
    for metric in registry.collect():
        if not turns.may_go_on():
            await turns.wait(address)
        texts.append(generate_latest(_OneMetric(metric)))
    return b"".join(texts)


class _OneMetric(Collector):
    """What `generate_latest` writes in one piece."""

    def __init__(self, metric: Metric) -> None:
        self._metric = metric

    def collect(self) -> Iterable[Metric]:
        return (self._metric,)


class _LobbyCollector(Collector):
    def __init__(self, sources: Sources, store_counts: StoreCounts | None, events: EventNumbers | None) -> None:
        self._sources = sources
        self._store_counts = store_counts
        self._events = events

    def collect(self) -> Iterable[Metric]:
        sources = self._sources
        yield _info(sources.store_kind)
        yield from _store(self._store_counts)
        if sources.valkey_client is not None:
            yield from _store_calls(sources.valkey_client)
        yield from _connections(sources)
        yield from _matchmaker(sources.matchmaker)
        yield _issuers(sources.authentication.issuers)
        yield from _commands(sources.metrics)
        yield from _streams(sources.hub)
        yield from _traffic(sources.traffic, sources.request_limiter)
        yield from _process(sources.loop_lag)
        if self._events is not None:
            yield from _event_metrics(self._events)


def _info(store_kind: str) -> Metric:
    values = {"version": VERSION, "commit": _COMMIT, "python": platform.python_version(), "store": store_kind}
    family = GaugeMetricFamily("lobby_info", "What runs. `commit` is empty where nobody told it.", labels=list(values))
    family.add_metric(list(values.values()), 1)
    return family


def _store(counts: StoreCounts | None) -> Iterable[Metric]:
    yield GaugeMetricFamily("lobby_store_up", "Whether the store answers: 1 or 0.", counts is not None)
    if counts is None:
        return
    yield GaugeMetricFamily("lobby_parties", "Live parties in the store.", counts.parties)
    yield GaugeMetricFamily("lobby_sessions", "Sessions in the store that wait or run.", counts.sessions)
    yield GaugeMetricFamily("lobby_saved_runs", "Runs in the store with a checkpoint.", counts.saved_runs)
    if counts.file_bytes is not None:
        yield GaugeMetricFamily(
            "lobby_store_bytes", "Bytes of the store file and its write-ahead log.", counts.file_bytes
        )
    if counts.waiting_commits is not None:
        yield GaugeMetricFamily(
            "lobby_store_waiting_commits", "Commits that wait for the disk.", counts.waiting_commits
        )


def _store_calls(client: ValkeyClient) -> Iterable[Metric]:
    yield _histogram("lobby_store_call_seconds", "How long calls to the Valkey took.", {(): client.call_s})
    yield CounterMetricFamily(
        "lobby_store_calls_failed", "Calls to the Valkey that were given up or refused.", client.calls_failed
    )


def _connections(sources: Sources) -> Iterable[Metric]:
    yield GaugeMetricFamily(
        "lobby_followers", "Live subscriptions to parties, on this node.", sources.hub.follower_count
    )
    yield GaugeMetricFamily(
        "lobby_connections", "Open sockets and event streams, on this node.", sources.connections.open_count
    )
    yield GaugeMetricFamily(
        "lobby_players_connected",
        "Players with an open socket or event stream, on this node.",
        len(set(sources.connections.players)),
    )
    yield CounterMetricFamily(
        "lobby_connections_dropped",
        "Connections that the server dropped, because their clients left too much unread.",
        sources.unread_bytes.dropped,
    )


def _matchmaker(matchmaker: Matchmaker) -> Iterable[Metric]:
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


def _issuers(issuers: Mapping[str, bool]) -> Metric:
    family = GaugeMetricFamily(
        "lobby_issuer_reachable",
        "Whether the keys of an issuer of players could be read at the last attempt: 1 or 0.",
        labels=["issuer"],
    )
    for issuer, is_reachable in issuers.items():
        family.add_metric([issuer], is_reachable)
    return family


def _commands(metrics: Metrics) -> Iterable[Metric]:
    mutations = Counter({(name, outcome): 0 for name in MUTATION_KINDS for outcome in _OUTCOMES})
    rejections = Counter({(code.value,): 0 for code in RejectionCode})
    rejected_mutations: Counter[tuple[str, ...]] = Counter()
    for (name, outcome), count in metrics.commands.items():
        mutations[name, outcome if outcome in _SUCCESSES else "rejected"] += count
        if outcome not in _SUCCESSES:
            rejections[outcome,] += count
            rejected_mutations[name, outcome] += count
    yield _counter(
        "lobby_mutations",
        "Mutations, the server's own among them, by outcome: done, replayed or rejected.",
        ("mutation", "outcome"),
        mutations,
    )
    yield _counter("lobby_rejections", "Rejected mutations, by the code of the rejection.", ("code",), rejections)
    yield _counter(
        "lobby_mutation_rejections",
        "The same by mutation and code, as far as they have occurred.",
        ("mutation", "code"),
        rejected_mutations,
    )
    sign_ins = {("guest", "done"): 0, **metrics.sign_ins}
    yield _counter("lobby_sign_ins", "Sign-ins, by provider and outcome.", ("provider", "outcome"), sign_ins)
    allocations = Counter({(outcome,): metrics.allocations[outcome] for outcome in ("done", "pending", "failed")})
    yield _counter("lobby_allocations", "Attempts to find a game server, by outcome.", ("outcome",), allocations)
    yield _histogram("lobby_commit_seconds", "How long commits took until they were durable.", {(): metrics.commit_s})


def _streams(hub: Hub) -> Iterable[Metric]:
    numbers = hub.metrics
    yield _histogram(
        "lobby_delivery_seconds",
        "From the decision of an entry until its frame was offered to the followers, for each log with followers.",
        {(): numbers.delivery_s},
    )
    reasons = [reason.value.lower() for reason in SnapshotReason]
    snapshots = Counter({(reason,): numbers.snapshots[reason] for reason in reasons})
    yield _counter("lobby_snapshots", "Snapshots that followers of parties got, by reason.", ("reason",), snapshots)
    yield CounterMetricFamily(
        "lobby_hints_missed", "How often hints of other nodes may have been missed.", numbers.resyncs
    )


def _traffic(traffic: TrafficMetrics, limiter: RequestLimiter) -> Iterable[Metric]:
    operations = SummaryMetricFamily(
        "lobby_operation_seconds",
        f"Runs of GraphQL operations and their time. Operations that are not those of client_queries/ are {OTHER!r}.",
        labels=["operation"],
    )
    for name, times in traffic.operations().items():
        operations.add_metric([name], sum(times.counts), times.total)
    yield operations
    yield _histogram(
        "lobby_graphql_seconds",
        "The same by kind. A subscription is timed until it begins.",
        {(kind.value,): histogram for kind, histogram in traffic.kinds().items()},
        ("kind",),
    )
    codes = Counter({(code,): traffic.errors[code] for code in _ERROR_CODES})
    codes[OTHER,] = sum(count for code, count in traffic.errors.items() if code not in _ERROR_CODES)
    yield _counter("lobby_graphql_errors", "Results of GraphQL with an error, by code.", ("code",), codes)
    responses = Counter({(path, status): 0 for path in (*PATHS, OTHER) for status in ("200", "500")})
    for path, statuses in traffic.responses.items():
        for number, count in statuses.items():
            responses[path, str(number)] += count
    yield _counter("lobby_http_responses", "HTTP responses, by path and status.", ("path", "status"), responses)
    throttled = Counter({(limit,): limiter.throttled[limit] for limit in THROTTLES})
    yield _counter("lobby_throttled", "Requests and responses that a rate made wait.", ("limit",), throttled)


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


def _process(loop_lag: LoopLag) -> Iterable[Metric]:
    yield GaugeMetricFamily(
        "lobby_event_loop_lag_seconds", "How late the event loop ran what was due, at the last look.", loop_lag.lag_s
    )
    yield CounterMetricFamily(
        "lobby_event_loop_late_seconds", "All of these delays together, four a second.", loop_lag.lag_total_s
    )
    yield _histogram(
        "lobby_event_loop_turn_seconds",
        "Looks at how late the event loop is by the work of this process alone, ten to a hundred a second.",
        {(): loop_lag.turns.late_s},
    )


def _counter(name: str, text: str, labels: tuple[str, ...], counts: Mapping[Labels, int]) -> Metric:
    family = CounterMetricFamily(name, text, labels=labels)
    for values, count in sorted(counts.items()):
        family.add_metric(values, count)
    return family


def _histogram(name: str, text: str, histograms: Mapping[Labels, Histogram], labels: tuple[str, ...] = ()) -> Metric:
    family = HistogramMetricFamily(name, text, labels=labels)
    for values, histogram in histograms.items():
        bounds = (*map(str, histogram.bounds), "+Inf")
        buckets = list(zip(bounds, accumulate(histogram.counts), strict=True))
        family.add_metric(values, buckets, histogram.total)
    return family


def _read_commit(git: Path) -> str:
    """The commit of a clone or worktree; "" if it is not known."""
    try:
        if git.is_file():
            git = Path(git.read_text(encoding="utf-8").removeprefix("gitdir:").strip())
        head = (git / "HEAD").read_text(encoding="utf-8").strip()
        if not head.startswith("ref: "):
            return head
        common = git / (git / "commondir").read_text(encoding="utf-8").strip() if (git / "commondir").exists() else git
        ref = head.removeprefix("ref: ")
        if (common / ref).exists():
            return (common / ref).read_text(encoding="utf-8").strip()
        lines = (common / "packed-refs").read_text(encoding="utf-8").splitlines()
        return next((line.split()[0] for line in lines if line.endswith(f" {ref}")), "")
    except OSError:
        return ""


def _read_built_commit(file: Path) -> str:
    """The commit of which a package was built; "" if scripts/wheel did not know it, or did not build it."""
    return file.read_text(encoding="utf-8").strip() if file.exists() else ""


_COMMIT = _read_commit(_GIT) or _read_built_commit(_BUILT)
"""Read at the start: a clone may be at another commit later."""
