"""The rate limiter."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lobby.limits.rate_limiter import Rate, RateLimiter


def test_a_burst_is_allowed_and_the_next_request_waits() -> None:
    buckets = RateLimiter(Rate(10, 20))

    assert [buckets.take("ann", 0) for _ in range(20)] == [0] * 20
    assert buckets.take("ann", 0) == 100


def test_a_request_after_the_wait_is_allowed() -> None:
    buckets = RateLimiter(Rate(10, 1))
    buckets.take("ann", 0)
    wait_ms = buckets.take("ann", 30)

    assert wait_ms == 70
    assert buckets.take("ann", 30 + wait_ms) == 0


def test_a_refused_request_takes_no_token() -> None:
    buckets = RateLimiter(Rate(1, 1))
    buckets.take("ann", 0)

    assert {1000} == {buckets.take("ann", 0) for _ in range(100)}


def test_on_credit_requests_wait_in_turn_up_to_the_maximum() -> None:
    buckets = RateLimiter(Rate(10, 2))

    assert [buckets.take_on_credit("ann", 0, 250) for _ in range(6)] == [0, 0, 100, 200, 250, 250]
    assert buckets.take_on_credit("bob", 0, 250) == 0


def test_credit_is_paid_back_over_time() -> None:
    buckets = RateLimiter(Rate(10, 1))
    for _ in range(50):
        buckets.take_on_credit("ann", 0, 300)

    assert buckets.credit_wait_ms("ann", 200) == 100
    assert buckets.credit_wait_ms("ann", 300) == buckets.credit_wait_ms("bob", 0) == 0
    assert buckets.take_on_credit("ann", 300, 300) == 100
    assert buckets.take_on_credit("ann", 1_000, 300) == 0


def test_keys_have_separate_buckets() -> None:
    buckets = RateLimiter(Rate(1, 1))

    assert [buckets.take(name, 0) for name in ("ann", "bob")] == [0, 0]


def test_a_count_above_the_bucket_takes_a_full_bucket() -> None:
    buckets = RateLimiter(Rate(10, 20))

    assert buckets.take("ann", 0, 1_000) == 0
    assert buckets.take("ann", 0, 1_000) == 2_000


def test_the_number_of_keys_is_bounded() -> None:
    """Keys that were used lately are kept; a forgotten key has a full bucket."""
    buckets = RateLimiter(Rate(0.001, 1), keys_max=10)
    for number in range(100):
        assert buckets.take(number, 0) == 0

    assert buckets.take(99, 0) > 0
    assert buckets.take(0, 0) == 0


@given(
    per_s=st.floats(0.1, 1_000),
    burst=st.integers(1, 50),
    steps=st.lists(st.tuples(st.integers(0, 2_000), st.integers(1, 60)), max_size=60),
)
def test_the_rate_is_never_exceeded(per_s: float, burst: int, steps: list[tuple[int, int]]) -> None:
    buckets, now_ms, through = RateLimiter(Rate(per_s, burst)), 0, 0
    for passed_ms, count in steps:
        now_ms += passed_ms
        if buckets.take("ann", now_ms, min(count, burst)) == 0:
            through += min(count, burst)

    assert through <= burst + per_s * now_ms / 1000 + 1e-6
