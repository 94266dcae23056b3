"""Numbers about the running server, in Prometheus' text format. None of them names a player or a party."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from lobby.ports import Census
from lobby.tally import COMMIT_BOUNDS_S, Tally
from lobby.version import VERSION

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_TOLD_ALREADY = ("done", "replayed")


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the numbers come from."""

    tally: Tally
    followers: Callable[[], int]
    connections: Callable[[], int]
    issuers: Callable[[], Mapping[str, bool]]
    """Whether the keys of each external issuer could be read when that was last tried."""


def metrics(sources: Sources, census: Census) -> bytes:
    """All of them, as of now. `census` is what the store says, the rest is this process' own."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(_Numbers(sources, census))
    return generate_latest(registry)


class _Numbers(Collector):
    def __init__(self, sources: Sources, census: Census) -> None:
        self._sources = sources
        self._census = census

    def collect(self) -> Iterable[Metric]:
        sources, tally = self._sources, self._sources.tally
        info = GaugeMetricFamily("lobby_info", "The version that runs.", labels=["version"])
        info.add_metric([VERSION], 1)
        yield info
        yield GaugeMetricFamily("lobby_parties", "Live parties in the store.", self._census.parties)
        yield GaugeMetricFamily("lobby_sessions", "Sessions in the store that wait or run.", self._census.sessions)
        yield GaugeMetricFamily("lobby_followers", "Live subscriptions to parties, on this node.", sources.followers())
        yield GaugeMetricFamily(
            "lobby_connections", "Open sockets and event streams, on this node.", sources.connections()
        )
        yield _issuers(sources.issuers())
        yield _mutations(tally)
        yield _rejections(tally)
        yield _commits(tally)


def _issuers(issuers: Mapping[str, bool]) -> Metric:
    family = GaugeMetricFamily(
        "lobby_issuer_reachable",
        "Whether the keys of an issuer of players could be read when that was last tried: 1 or 0.",
        labels=["issuer"],
    )
    for issuer, is_reachable in issuers.items():
        family.add_metric([issuer], is_reachable)
    return family


def _mutations(tally: Tally) -> Metric:
    family = CounterMetricFamily(
        "lobby_mutations",
        "Mutations, those of the server's own doing among them, by what came of them: done, replayed or rejected.",
        labels=["mutation", "outcome"],
    )
    counts: Counter[tuple[str, str]] = Counter()
    for (of, outcome), count in tally.commands.items():
        counts[of, outcome if outcome in _TOLD_ALREADY else "rejected"] += count
    for labels, count in sorted(counts.items()):
        family.add_metric(labels, count)
    return family


def _rejections(tally: Tally) -> Metric:
    family = CounterMetricFamily(
        "lobby_rejections", "Rejected mutations, by the code of the rejection.", labels=["code"]
    )
    counts: Counter[str] = Counter()
    for (_, outcome), count in tally.commands.items():
        if outcome not in _TOLD_ALREADY:
            counts[outcome] += count
    for code, count in sorted(counts.items()):
        family.add_metric([code], count)
    return family


def _commits(tally: Tally) -> Metric:
    family = HistogramMetricFamily("lobby_commit_seconds", "How long commits took until they were durable.")
    bounds = (*map(str, COMMIT_BOUNDS_S), "+Inf")
    family.add_metric([], list(zip(bounds, accumulate(tally.commits), strict=True)), tally.commit_s)
    return family
