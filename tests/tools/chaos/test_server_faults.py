"""Faults of servers besides kills: each is injected into a real server while players play, and nothing is lost."""

from __future__ import annotations

import os
import sys
import time
from asyncio import create_subprocess_exec
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.needs import needs
from tools.chaos.__main__ import parse_arguments
from tools.chaos.plan import CALLS, CLOCK, PAUSE, RESTORE, ROLLING, SKEW, Plan
from tools.chaos.report import summary_lines
from tools.chaos.run import Run
from tools.chaos.servers.clock import FakeClock, find_library

SECONDS = 6.0
SEED = 14
"""The first fault of this seed is a restore."""
READ_CLOCKS = """
import sys, time
for _ in sys.stdin:
    print(time.time(), time.monotonic(), flush=True)
"""
LEEWAY_S = 5.0
"""A busy machine may take this long between two readings."""


async def test_nothing_is_lost_but_what_a_restore_takes_back(tmp_path: Path) -> None:
    """The clock steps too, where that can be faked."""
    clock = {CLOCK} if find_library() is not None else set()
    plan = Plan(
        tmp_path,
        seconds=SECONDS,
        seed=SEED,
        players=8,
        parties=3,
        actions_per_s=2,
        kill_every_s=1,
        faults=frozenset({PAUSE, RESTORE, ROLLING, *clock}),
    )
    run = Run(plan)

    verdict = await run.execute()

    assert verdict.violations == [], told(run, verdict.violations, summary_lines(run, verdict))
    assert run.store_file is not None
    assert len(run.store_file.lost) == run.figures.server_faults["restores"] >= 1
    assert run.figures.acknowledged > plan.players


async def test_nodes_with_different_clocks_bear_late_and_repeated_calls(tmp_path: Path) -> None:
    needs("valkey")
    needs("libfaketime")
    plan = Plan(
        tmp_path,
        seconds=SECONDS,
        seed=4,
        players=8,
        parties=3,
        nodes=2,
        store="valkey-cluster",
        actions_per_s=2,
        faults=frozenset({CALLS, SKEW}),
    )
    run = Run(plan)

    verdict = await run.execute()

    assert verdict.violations == [], told(run, verdict.violations, summary_lines(run, verdict))
    assert run.figures.call_faults["calls doubled"] >= 1
    assert run.figures.call_faults["late calls executed"] >= 1
    assert run.figures.direct_requests >= 1


def told(run: Run, violations: Sequence[object], lines: Sequence[str]) -> str:
    return "\n".join([*map(str, violations[:10]), *lines])


async def test_a_step_of_a_fake_clock_is_seen_by_a_process_that_runs(tmp_path: Path) -> None:
    clock = FakeClock(needs("libfaketime"), tmp_path / "clock", 20.0)
    process = await create_subprocess_exec(
        sys.executable, "-c", READ_CLOCKS, stdin=PIPE, stdout=PIPE, env={**os.environ, **clock.settings}
    )
    assert process.stdin is not None
    assert process.stdout is not None
    readings = []
    for offset_s in (20.0, -25.0, 0.0):
        clock.set_offset(offset_s)
        process.stdin.write(b"\n")
        wall, monotonic = map(float, (await process.stdout.readline()).split())
        readings.append((wall - time.time() - offset_s, monotonic - time.monotonic()))
    process.stdin.close()
    await process.wait()
    clock.clean_up(process.pid)
    assert all(abs(difference) < LEEWAY_S for pair in readings for difference in pair), readings


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--faults", "kill,fire"], "fire: choose of kill, pause"),
        (["--faults", "restore", "--store", "valkey"], "only the file of a run can be restored"),
        (["--faults", "calls"], "needs --store valkey or valkey-cluster"),
    ],
)
def test_faults_that_a_run_cannot_have_are_refused_by_name(
    options: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse_arguments(options)
    assert says in capsys.readouterr().err
