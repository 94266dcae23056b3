"""Streams are charged for what they deliver, and take turns when they have much to send."""

from __future__ import annotations

import asyncio
import time

from lobby.auth.caller import Caller
from lobby.domain.model import Player
from lobby.limits.rate_limiter import Rate, RateLimits
from lobby.runtime.turns import Turns
from web.http.rate_limits import RequestLimiter, StreamPacer

ANN = Caller(Player("ann", "Ann"))


async def test_a_stream_waits_until_its_players_rate_allows_the_next_event() -> None:
    limiter = RequestLimiter(RateLimits(fields_per_player=Rate(1_000, 300)))
    first, second = (limiter.pacer(100, ANN, "") for _ in range(2))
    began_at = time.monotonic()
    for pace in (first, second, first, second, first):
        await pace()

    assert 0.19 < time.monotonic() - began_at < 2


async def test_a_stream_is_charged_to_its_address_too() -> None:
    limiter = RequestLimiter(RateLimits(fields_per_address=Rate(1_000, 100)))
    began_at = time.monotonic()
    await limiter.pacer(100, ANN, "192.0.2.1")()
    await limiter.pacer(100, Caller(Player("bob", "Bob")), "192.0.2.1")()

    assert time.monotonic() - began_at > 0.09


async def test_without_rate_limits_a_stream_never_waits_for_a_rate() -> None:
    pace = RequestLimiter(None).pacer(10_000_000, ANN, "192.0.2.1")
    async with asyncio.timeout(5):
        for _ in range(100):
            await pace()


async def test_many_busy_streams_give_the_loop_back_after_one_slice() -> None:
    """Ten streams with 40 ms of work each: in between, others wait for one slice, not for ten."""
    turns, gaps = Turns(), [0.0]

    async def stream() -> None:
        pace = StreamPacer(turns, "192.0.2.1", lambda _: 0)
        for _ in range(20):
            await pace()
            worked_at = time.thread_time()
            while time.thread_time() - worked_at < 0.002:
                pass

    async def other() -> None:
        while True:
            slept_at = time.thread_time()
            await asyncio.sleep(0)
            gaps.append(time.thread_time() - slept_at)

    streams = [asyncio.create_task(stream()) for _ in range(10)]
    await asyncio.sleep(0.1)
    watching = asyncio.create_task(other())
    await asyncio.gather(*streams)
    watching.cancel()
    assert len(gaps) > 20
    assert max(gaps[1:-10]) < 0.03
