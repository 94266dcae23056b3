"""Each sample of a node has the counts since the sample before, and old samples are dropped."""

from __future__ import annotations

from lobby.app.metrics import Metrics
from lobby.app.node_monitor import SAMPLES_MAX, Gauges, NodeMonitor, Observed
from lobby.runtime.measures import Histogram, LoopLag
from tests.manual_clock import ManualClock

OPERATIONS = Histogram((0.1, 1.0))


def monitor(metrics: Metrics) -> NodeMonitor:
    return NodeMonitor(Observed(metrics, lambda: OPERATIONS, LoopLag(), lambda: Gauges(3, 2)), ManualClock())


def test_a_sample_has_what_came_after_the_one_before() -> None:
    metrics = Metrics()
    node = monitor(metrics)
    metrics.count_command("join_party", "done")
    node.take_sample()
    metrics.count_command("join_party", "done")
    metrics.count_command("join_party", "PARTY_FULL")
    node.take_sample()
    assert [(sample.commands, dict(sample.rejections)) for sample in node.samples] == [
        (1, {}),
        (2, {"PARTY_FULL": 1}),
        (0, {}),
    ]
    assert node.samples[0].gauges == Gauges(3, 2)


def test_the_sample_that_is_not_over_is_the_last() -> None:
    metrics = Metrics()
    node = monitor(metrics)
    metrics.count_command("join_party", "done")
    assert [sample.commands for sample in node.samples] == [1]


def test_percentiles_are_bounds_of_the_histogram() -> None:
    metrics = Metrics()
    node = monitor(metrics)
    first, *_ = node.samples
    assert first.commit_p50_ms is None
    for _ in range(98):
        metrics.count_commit(0.0009)
    for _ in range(2):
        metrics.count_commit(60.0)
    sample = node.samples[-1]
    assert (sample.commit_p50_ms, sample.commit_p99_ms) == (1.0, 5000.0)


def test_operations_count_besides_commits() -> None:
    node = monitor(Metrics())
    OPERATIONS.observe(0.05)
    sample = node.samples[-1]
    assert (sample.operations, sample.operation_p50_ms, sample.commits) == (1, 100.0, 0)


def test_an_hour_is_kept() -> None:
    node = monitor(Metrics())
    for _ in range(SAMPLES_MAX + 10):
        node.take_sample()
    assert len(node.samples) == SAMPLES_MAX + 1
