"""What is no longer kept is dropped from time to time."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from lobby.domain.values import Instant
from lobby.live.sweeper import Sweeper
from lobby.ports import Store, Unavailable
from tests.live.house import WAIT_S
from tests.service.world import ManualClock


class Dirty:
    """A store that is swept, and fails the first time."""

    def __init__(self, failure: Exception) -> None:
        self._failure = failure
        self.swept_at: list[Instant] = []
        self.is_clean = asyncio.Event()

    async def sweep(self, at: Instant) -> None:
        self.swept_at.append(at)
        if len(self.swept_at) == 1:
            raise self._failure
        self.is_clean.set()


@pytest.mark.parametrize(
    ("failure", "level"), [(RuntimeError("a broom broke"), "ERROR"), (Unavailable("no"), "WARNING")]
)
async def test_a_sweep_comes_again_also_after_one_that_failed(
    failure: Exception, level: str, caplog: pytest.LogCaptureFixture
) -> None:
    store, clock = Dirty(failure), ManualClock()
    sweeper = Sweeper(cast(Store, store), clock, every_s=0.01)
    await sweeper.open()
    async with asyncio.timeout(WAIT_S):
        await store.is_clean.wait()
    await sweeper.close()
    assert store.swept_at[:2] == [clock.now()] * 2
    assert [record.levelname for record in caplog.records] == [level]
