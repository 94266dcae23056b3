"""The limit on how many of something are held at the same time."""

from __future__ import annotations

from contextlib import suppress

import pytest

from lobby.limits.count_limiter import CountLimiter, LimitReached


def test_a_key_holds_as_many_as_the_limit_and_no_more() -> None:
    limiter = CountLimiter[str](2, "At most two.")
    assert [limiter.try_acquire("ann") for _ in range(3)] == [True, True, False]


def test_each_key_has_a_limit_of_its_own() -> None:
    limiter = CountLimiter[str](1, "At most one.")
    assert limiter.try_acquire("ann")
    assert limiter.try_acquire("bob")


def test_what_was_released_can_be_acquired_again() -> None:
    limiter = CountLimiter[str](1, "At most one.")
    limiter.acquire("ann")
    limiter.release("ann")
    assert limiter.try_acquire("ann")


def test_past_the_limit_the_error_has_the_message_for_the_client() -> None:
    limiter = CountLimiter[str](0, "At most none.")
    with pytest.raises(LimitReached, match=r"^At most none\.$"):
        limiter.acquire("ann")


def test_without_a_limit_everything_is_allowed() -> None:
    limiter = CountLimiter[str](None, "")
    assert all(limiter.try_acquire("ann") for _ in range(1_000))


def test_hold_releases_also_when_the_work_fails() -> None:
    limiter = CountLimiter[str](1, "At most one.")
    failure = ZeroDivisionError()
    with suppress(ZeroDivisionError), limiter.hold("ann"):
        assert not limiter.try_acquire("ann")
        raise failure
    assert limiter.try_acquire("ann")
