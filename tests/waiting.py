"""Waiting in tests for something that no event reports. Every wait has a bound, so that no test can hang."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

WAIT_S = 10.0
POLL_S = 0.02

Value = TypeVar("Value")


async def wait_until(is_true: Callable[[], Awaitable[object]], within_s: float = WAIT_S) -> None:
    """Ask again and again until the answer is true. The test fails if that takes too long."""
    async with asyncio.timeout(within_s):
        while not await is_true():  # noqa: ASYNC110
            await asyncio.sleep(POLL_S)


def wait_for_value(
    read: Callable[[], Value], is_expected: Callable[[Value], object], within_s: float = WAIT_S
) -> Value:
    """Read again and again until the value is as expected, and return it. The test fails with the last value if that takes too
    long. Blocks the thread."""
    give_up_at = time.monotonic() + within_s
    while not is_expected(value := read()):
        assert time.monotonic() < give_up_at, f"after {within_s} s it is still {value!r}"
        time.sleep(POLL_S)
    return value
