"""Each fault of Valkey is repaired, and faults come one at a time."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random

import pytest
from valkey.asyncio import Valkey

from tests.needs import needs
from tools.chaos.checks.server_logs import bad_lines
from tools.chaos.deployments import SingleValkey, StoreFault, StoreFaultInjector
from tools.chaos.figures import Figures

NODES = 2


class Hasty(Random):
    """Draws durations near their lower bounds."""

    def uniform(self, a: float, b: float) -> float:
        return a + (b - a) * 0.05


@pytest.mark.parametrize("number", range(4))
async def test_after_each_fault_every_server_finds_the_data(tmp_path: Path, number: int) -> None:
    needs("valkey")
    deployment = SingleValkey(tmp_path / "valkey", NODES)
    await deployment.open()
    try:
        await execute(deployment.store_url(0), "SET", "word", "kept")
        fault = deployment.store_faults()[number]
        await fault.inject(Hasty(1))
        assert [await execute(deployment.store_url(node), "GET", "word") for node in range(NODES)] == [b"kept"] * NODES
    finally:
        await deployment.close()


async def test_faults_come_one_at_a_time_and_are_counted() -> None:
    running = 0
    figures = Figures()

    async def inject(random: Random) -> None:
        nonlocal running
        assert running == 0
        running += 1
        await asyncio.sleep(0)
        running -= 1

    store_faults = (StoreFault("one", 0.5, inject), StoreFault("other", 0.5, inject))
    until = asyncio.get_running_loop().time() + 0.5
    await StoreFaultInjector(store_faults, 0.01, Random(1), figures).run(until)
    assert set(figures.store_faults) == {"one", "other"}
    assert running == 0


async def execute(url: str, *command: str) -> object:
    client = Valkey.from_url(url)
    try:
        return await client.execute_command(*command)
    finally:
        await client.aclose()


def test_a_failed_start_without_its_store_is_no_violation_but_a_traceback_is_one() -> None:
    lines = [
        "2026-11-25 15:11:47,646 ERROR uvicorn.error: no answer to EXISTS within 2.5 s",
        "Traceback (most recent call last):",
    ]
    assert [v.text for v in bad_lines("log", lines, may_not_start=True)] == [
        "log:2: Traceback (most recent call last):"
    ]
    assert len([*bad_lines("log", lines)]) == 2
