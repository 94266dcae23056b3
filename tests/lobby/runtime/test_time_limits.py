"""Time limits with one timer for all of them."""

from __future__ import annotations

import asyncio

import pytest

from lobby.runtime.time_limits import TimeLimit, TimeLimits

SLOT_S, LIMIT_S, LONG_S = 0.005, 0.02, 10.0


async def test_a_block_that_takes_too_long_raises_timeout_error() -> None:
    limits = TimeLimits(SLOT_S)
    loop = asyncio.get_running_loop()
    began_at_s = loop.time()

    with pytest.raises(TimeoutError), limits.limit(LIMIT_S):
        await asyncio.sleep(LONG_S)

    assert LIMIT_S <= loop.time() - began_at_s < LONG_S / 2
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0, "nothing is left of the cancellation"


async def test_a_block_that_ends_in_time_is_not_cancelled_later() -> None:
    limits = TimeLimits(SLOT_S)

    with limits.limit(LIMIT_S):
        await asyncio.sleep(0)

    await asyncio.sleep(2 * LIMIT_S)


async def test_each_block_has_its_own_limit() -> None:
    limits = TimeLimits(SLOT_S)

    async def wait(limit_s: float) -> str:
        try:
            with limits.limit(limit_s):
                await asyncio.sleep(3 * LIMIT_S)
        except TimeoutError:
            return "too late"
        return "in time"

    ends = await asyncio.gather(*map(wait, (LONG_S, LIMIT_S, LONG_S)))

    assert ends == ["in time", "too late", "in time"]


async def test_a_cancellation_by_others_is_no_timeout() -> None:
    limits = TimeLimits(SLOT_S)

    async def wait() -> None:
        with limits.limit(LONG_S):
            await asyncio.sleep(LONG_S)

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancellation_at_the_limit_is_not_lost() -> None:
    """Both come in the same turn of the event loop."""
    limits = TimeLimits(SLOT_S)
    limit: TimeLimit | None = None

    async def wait() -> None:
        nonlocal limit
        limit = limits.limit(LONG_S)
        with limit:
            await asyncio.sleep(LONG_S)

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    assert limit is not None
    limit.end()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_error_at_the_limit_passes_through() -> None:
    limits = TimeLimits(SLOT_S)

    async def fail() -> None:
        with limits.limit(LIMIT_S):
            try:
                await asyncio.sleep(LONG_S)
            except asyncio.CancelledError:
                raise ValueError("of the block") from None

    with pytest.raises(ValueError, match="of the block"):
        await fail()


async def test_a_limit_within_another_one_ends_only_its_own_block() -> None:
    limits = TimeLimits(SLOT_S)

    with limits.limit(LONG_S):
        with pytest.raises(TimeoutError), limits.limit(LIMIT_S):
            await asyncio.sleep(LONG_S)
        await asyncio.sleep(0)
