"""The work of this node in the last hour, in a ring buffer of samples, and how well its event loop runs. For operators."""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from secrets import token_hex
from socket import gethostname
from time import monotonic

from lobby.app.metrics import COMMIT_BOUNDS_S, Metrics
from lobby.domain.values import Instant
from lobby.ports import Clock
from lobby.runtime.background import BackgroundLoop
from lobby.runtime.measures import Histogram, LoopLag
from lobby.struct import Struct

SAMPLE_S = 10.0
"""The time of one sample ..."""
SAMPLES_MAX = 360
"""... and how many are kept: those of an hour, about 200 KB."""
SUCCESSES = ("done", "replayed")
"""Outcomes of commands that are no rejection."""


class Gauges(Struct):
    """Numbers of this node at one moment."""

    connections: int
    followers: int


class Sample(Struct):
    """The counts of some seconds up to `at`: about `SAMPLE_S`, or less for the sample that is not over."""

    at: Instant
    seconds: float
    commands: int
    rejections: Mapping[str, int]
    """By the code of the rejection."""
    commits: int
    commit_p50_ms: float | None
    """The bound of the histogram that half of the commits were within; None without commits."""
    commit_p99_ms: float | None
    operations: int
    """Queries and mutations of GraphQL."""
    operation_p50_ms: float | None
    operation_p99_ms: float | None
    loop_lag_ms: float
    """The longest time for which the event loop was late."""
    gauges: Gauges


@dataclass(frozen=True, slots=True)
class Observed:
    """What is counted and measured on this node since its start. `operations_s`: the times of all queries and mutations of
    GraphQL so far."""

    metrics: Metrics
    operations_s: Callable[[], Histogram]
    loop_lag: LoopLag
    gauges: Callable[[], Gauges]
    """Reads the numbers of now."""


class NodeMonitor:
    def __init__(self, observed: Observed, clock: Clock) -> None:
        self.id = f"{gethostname()}-{os.getpid()}-{token_hex(2)}"
        """Another one after each start."""
        self.started_at = clock.now()
        self._observed = observed
        self._clock = clock
        self._started_s = self._sampled_s = monotonic()
        self._samples: deque[Sample] = deque(maxlen=SAMPLES_MAX)
        self._commands: Counter[tuple[str, str]] = Counter()
        self._commits = list(observed.metrics.commit_s.counts)
        self._operations = list(observed.operations_s().counts)
        self._loop = BackgroundLoop("node monitor", self._keep_sample, SAMPLE_S, waits_first=True)

    @property
    def samples(self) -> Sequence[Sample]:
        """The oldest first. The last one is not over yet."""
        return (*self._samples, self._sample())

    @property
    def uptime_s(self) -> float:
        return monotonic() - self._started_s

    @property
    def loop_lag_ms(self) -> float:
        """The longest of the last minute."""
        recent = list(self._samples)[-6:]
        return max([self._observed.loop_lag.longest_s * 1000, *(sample.loop_lag_ms for sample in recent)])

    def gauges(self) -> Gauges:
        return self._observed.gauges()

    async def open(self) -> None:
        self._loop.start()

    async def close(self) -> None:
        await self._loop.stop()

    async def _keep_sample(self) -> bool:
        self.take_sample()
        return False

    def take_sample(self) -> None:
        """Keep what has happened since the last sample, and begin another one."""
        self._samples.append(self._sample())
        metrics = self._observed.metrics
        self._commands, self._commits = metrics.commands.copy(), list(metrics.commit_s.counts)
        self._operations = list(self._observed.operations_s().counts)
        self._observed.loop_lag.forget_longest()
        self._sampled_s = monotonic()

    def _sample(self) -> Sample:
        new = self._observed.metrics.commands - self._commands
        commits = _difference(self._observed.metrics.commit_s.counts, self._commits)
        times_s = self._observed.operations_s()
        operations = _difference(times_s.counts, self._operations)
        rejections: Counter[str] = Counter()
        for (_, outcome), count in new.items():
            if outcome not in SUCCESSES:
                rejections[outcome] += count
        return Sample(
            at=self._clock.now(),
            seconds=monotonic() - self._sampled_s,
            commands=new.total(),
            rejections=dict(rejections),
            commits=sum(commits),
            commit_p50_ms=_percentile_ms(COMMIT_BOUNDS_S, commits, 0.5),
            commit_p99_ms=_percentile_ms(COMMIT_BOUNDS_S, commits, 0.99),
            operations=sum(operations),
            operation_p50_ms=_percentile_ms(times_s.bounds, operations, 0.5),
            operation_p99_ms=_percentile_ms(times_s.bounds, operations, 0.99),
            loop_lag_ms=self._observed.loop_lag.longest_s * 1000,
            gauges=self._observed.gauges(),
        )


def _difference(after: Sequence[int], before: Sequence[int]) -> list[int]:
    return [new - old for new, old in zip(after, before, strict=True)]


def _percentile_ms(bounds_s: tuple[float, ...], counts: Sequence[int], share: float) -> float | None:
    """The bound that this share of the values was within. Those above all bounds count as twice the last one."""
    total = sum(counts)
    if not total:
        return None
    bounds = (*bounds_s, 2 * bounds_s[-1])
    reached = next(bound for bound, within in zip(bounds, accumulate(counts), strict=True) if within >= share * total)
    return reached * 1000
