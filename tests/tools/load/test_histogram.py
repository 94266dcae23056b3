"""Times are counted in classes, and percentiles are right to 2 %."""

from __future__ import annotations

from random import Random

import pytest

from tools.load.histogram import Histogram


def histogram_of(*times: float) -> Histogram:
    histogram = Histogram()
    for ms in times:
        histogram.add(ms)
    return histogram


@pytest.mark.parametrize("share", [0.01, 0.5, 0.9, 0.99, 1.0])
def test_a_percentile_is_at_most_2_percent_too_high(share: float) -> None:
    random = Random(7)
    times = [random.lognormvariate(2, 1.5) for _ in range(5_000)]
    exact = sorted(times)[max(round(share * len(times)) - 1, 0)]

    found = histogram_of(*times).percentile(share)

    assert found is not None
    assert exact <= found <= exact * 1.02


def test_the_last_percentile_is_the_longest_time_itself() -> None:
    assert histogram_of(3.0, 17.3, 5.0).percentile(1.0) == 17.3


def test_without_a_time_there_is_no_percentile() -> None:
    assert Histogram().percentile(0.5) is None


def test_a_time_before_its_beginning_counts_as_the_shortest() -> None:
    """The clock of the server may be ahead by less than the comparison of the clocks shows."""
    histogram = histogram_of(-2.0, 0.0, 4.0)

    assert histogram.count == 3
    assert histogram.percentile(0.5) == pytest.approx(0.0102)
