"""The retention loop sweeps the store regularly."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from lobby.domain.values import Instant
from lobby.live.deadlines_and_retention import NEXT_SWEEP_S, SWEEP_INTERVAL_S, RetentionLoop
from lobby.ports import Store, Unavailable
from tests.lobby.live.live_lobby import WAIT_S
from tests.manual_clock import ManualClock


class Dirty:
    """A store that is swept, and fails the first time."""

    def __init__(self, failure: Exception) -> None:
        self._failure = failure
        self.swept_at: list[Instant] = []
        self.is_clean = asyncio.Event()

    async def sweep(self, at: Instant) -> bool:
        self.swept_at.append(at)
        if len(self.swept_at) == 1:
            raise self._failure
        self.is_clean.set()
        return False


@pytest.mark.parametrize(
    ("failure", "level"), [(RuntimeError("a broom broke"), "ERROR"), (Unavailable("no"), "WARNING")]
)
async def test_the_sweep_goes_on_after_a_failure(
    failure: Exception, level: str, caplog: pytest.LogCaptureFixture
) -> None:
    store, clock = Dirty(failure), ManualClock()
    sweeper = RetentionLoop(cast(Store, store), clock, interval_s=0.01)
    await sweeper.open()
    async with asyncio.timeout(WAIT_S):
        await store.is_clean.wait()
    await sweeper.close()
    assert store.swept_at[:2] == [clock.now()] * 2
    assert [record.levelname for record in caplog.records] == [level]


class Full:
    """A store that has as much to drop as three sweeps can."""

    def __init__(self) -> None:
        self.sweeps = 0
        self.is_clean = asyncio.Event()

    async def sweep(self, at: Instant) -> bool:
        self.sweeps += 1
        if self.sweeps == 3:
            self.is_clean.set()
        return self.sweeps < 3


async def test_a_full_sweep_is_followed_by_another_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    store, sleeps = Full(), list[float]()
    usual = asyncio.sleep

    async def sleep(seconds: float) -> None:
        sleeps.append(seconds)
        await usual(0)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    sweeper = RetentionLoop(cast(Store, store), ManualClock())
    await sweeper.open()
    async with asyncio.timeout(WAIT_S):
        await store.is_clean.wait()
    await sweeper.close()
    assert sleeps[:3] == [SWEEP_INTERVAL_S, NEXT_SWEEP_S, NEXT_SWEEP_S]
