"""Token buckets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lobby.rates.buckets import Buckets, Rate


def test_a_burst_is_let_through_and_the_next_one_waits() -> None:
    buckets = Buckets(Rate(10, 20))

    assert [buckets.take("ann", 0) for _ in range(20)] == [0] * 20
    assert buckets.take("ann", 0) == 100


def test_who_waits_as_long_as_told_gets_through() -> None:
    buckets = Buckets(Rate(10, 1))
    buckets.take("ann", 0)
    wait_ms = buckets.take("ann", 30)

    assert wait_ms == 70
    assert buckets.take("ann", 30 + wait_ms) == 0


def test_being_refused_costs_nothing() -> None:
    buckets = Buckets(Rate(1, 1))
    buckets.take("ann", 0)

    assert {1000} == {buckets.take("ann", 0) for _ in range(100)}


def test_who_owes_waits_for_those_before_and_never_longer_than_the_most() -> None:
    buckets = Buckets(Rate(10, 2))

    assert [buckets.owe("ann", 0, 250) for _ in range(6)] == [0, 0, 100, 200, 250, 250]
    assert buckets.owe("bob", 0, 250) == 0


def test_what_is_owed_is_worked_off() -> None:
    buckets = Buckets(Rate(10, 1))
    for _ in range(50):
        buckets.owe("ann", 0, 300)

    assert buckets.owed_ms("ann", 200) == 100
    assert buckets.owed_ms("ann", 300) == buckets.owed_ms("bob", 0) == 0
    assert buckets.owe("ann", 300, 300) == 100
    assert buckets.owe("ann", 1_000, 300) == 0


def test_one_key_takes_nothing_from_another() -> None:
    buckets = Buckets(Rate(1, 1))

    assert [buckets.take(name, 0) for name in ("ann", "bob")] == [0, 0]


def test_more_than_a_bucket_holds_is_what_it_holds() -> None:
    buckets = Buckets(Rate(10, 20))

    assert buckets.take("ann", 0, 1_000) == 0
    assert buckets.take("ann", 0, 1_000) == 2_000


def test_what_is_remembered_is_bounded() -> None:
    """Whoever did something lately is among the latest; who is forgotten has a full bucket."""
    buckets = Buckets(Rate(0.001, 1), keys_max=10)
    for number in range(100):
        assert buckets.take(number, 0) == 0

    assert buckets.take(99, 0) > 0
    assert buckets.take(0, 0) == 0


@given(
    per_s=st.floats(0.1, 1_000),
    burst=st.integers(1, 50),
    steps=st.lists(st.tuples(st.integers(0, 2_000), st.integers(1, 60)), max_size=60),
)
def test_no_more_is_ever_let_through_than_the_rate_has(per_s: float, burst: int, steps: list[tuple[int, int]]) -> None:
    buckets, now_ms, through = Buckets(Rate(per_s, burst)), 0, 0
    for passed_ms, count in steps:
        now_ms += passed_ms
        if buckets.take("ann", now_ms, min(count, burst)) == 0:
            through += min(count, burst)

    assert through <= burst + per_s * now_ms / 1000 + 1e-6
