"""A short run against real servers; `scripts/chaos` does longer ones."""

from __future__ import annotations

from pathlib import Path

from tests.fork_server import start_forked_server
from tests.needs import needs
from tools.chaos.deployments import VALKEY
from tools.chaos.plan import DEFAULT_FAULTS, MAINTENANCE, Plan
from tools.chaos.report import summary_lines
from tools.chaos.run import Run

SECONDS = 8.0
"""The time with faults; with restarts and catching up a run takes about 15 s on an idle machine."""


async def test_nothing_is_lost_while_the_server_is_killed_and_the_network_is_bad(tmp_path: Path) -> None:
    """A maintenance begins and ends during the run, and nothing begins in it."""
    plan = Plan(
        tmp_path,
        seconds=SECONDS,
        seed=7,
        players=12,
        parties=4,
        actions_per_s=2,
        kill_every_s=1.5,
        faults=DEFAULT_FAULTS | {MAINTENANCE},
        start_process=start_forked_server,
    )
    run = Run(plan)

    verdict = await run.execute()

    assert verdict.violations == [], "\n".join(summary_lines(run, verdict))
    assert run.figures.kills + run.figures.terminations >= 1
    assert run.figures.maintenances
    assert run.figures.acknowledged > plan.players
    assert run.figures.resumes > plan.players
    assert run.figures.frames > run.figures.acknowledged


async def test_three_nodes_lose_nothing_while_their_valkey_is_killed_and_cut_off(tmp_path: Path) -> None:
    needs("valkey")
    plan = Plan(
        tmp_path,
        seconds=SECONDS,
        seed=7,
        players=12,
        parties=4,
        nodes=3,
        store=VALKEY,
        actions_per_s=2,
        kill_every_s=3,
        store_fault_every_s=2,
        start_process=start_forked_server,
    )
    run = Run(plan)

    verdict = await run.execute()

    assert verdict.violations == [], "\n".join([*map(str, verdict.violations[:10]), *summary_lines(run, verdict)])
    assert run.figures.kills + run.figures.terminations >= 1
    assert run.figures.store_faults.total() >= 1
    assert run.figures.acknowledged > plan.players
    assert run.figures.frames > run.figures.acknowledged
