"""Operators see whom a limit has made to wait, the latest first, and no more than some hundreds."""

from __future__ import annotations

from lobby.domain.rejections import Rejection
from lobby.limits.rate_limiter import CommandLimiter, Rate, RateLimits
from lobby.limits.throttle_log import CLIENTS_MAX, ThrottleLog


def test_a_refused_command_is_noted_with_its_player_and_limit() -> None:
    log = ThrottleLog()
    limiter = CommandLimiter(RateLimits(mutations_per_player=Rate(1, 2)), log)
    outcomes = [limiter.count("ann", "set_ready", 0) for _ in range(4)]
    assert [isinstance(outcome, Rejection) for outcome in outcomes] == [False, False, True, True]
    (entry,) = log.latest(10)
    assert (entry.limit, entry.client, entry.count, entry.wait_ms) == ("mutations", "ann", 2, 1000)


def test_a_limit_of_one_kind_of_command_has_its_name() -> None:
    log = ThrottleLog()
    limiter = CommandLimiter(RateLimits(of_mutation={"post_message": Rate(1, 1)}), log)
    for _ in range(2):
        limiter.count("ann", "post_message", 0)
    assert [entry.limit for entry in log.latest(10)] == ["post_message"]


def test_the_latest_come_first_and_the_oldest_are_forgotten() -> None:
    log = ThrottleLog()
    for number in range(CLIENTS_MAX + 5):
        log.note("requests", str(number), 1)
    log.note("requests", "7", 1)
    clients = [entry.client for entry in log.latest(CLIENTS_MAX * 2)]
    assert clients[:2] == ["7", str(CLIENTS_MAX + 4)]
    assert len(clients) == CLIENTS_MAX
    log.clear()
    assert log.latest(10) == []
