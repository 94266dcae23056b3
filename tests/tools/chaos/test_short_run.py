"""A run against a real server, on a real file: short here, as long as one likes with `scripts/chaos`."""

from __future__ import annotations

from pathlib import Path

from chaos.homes import VALKEY
from chaos.plan import Plan
from chaos.report import figures_in_words
from chaos.run import Run
from tests.needs import needs

SECONDS = 8.0
"""Of chaos; restarts and the coming to rest make it some fifteen on an idle machine."""


async def test_nothing_is_lost_while_the_server_is_killed_and_the_network_is_bad(tmp_path: Path) -> None:
    plan = Plan(tmp_path, seconds=SECONDS, seed=7, players=12, parties=4, acts_per_s=2, kill_every_s=1.5)
    run = Run(plan)

    verdict = await run.play()

    assert verdict.violations == [], "\n".join(figures_in_words(run, verdict))
    assert run.figures.kills + run.figures.terminations >= 1
    assert run.figures.acknowledged > plan.players
    assert run.figures.resumes > plan.players
    assert run.figures.frames > run.figures.acknowledged


async def test_nothing_is_lost_by_three_nodes_over_a_valkey_that_is_killed_and_cut_off(tmp_path: Path) -> None:
    needs("valkey")
    plan = Plan(
        tmp_path,
        seconds=SECONDS,
        seed=7,
        players=12,
        parties=4,
        nodes=3,
        store=VALKEY,
        acts_per_s=2,
        kill_every_s=3,
        mishap_every_s=2,
    )
    run = Run(plan)

    verdict = await run.play()

    assert verdict.violations == [], "\n".join([*map(str, verdict.violations[:10]), *figures_in_words(run, verdict)])
    assert run.figures.kills + run.figures.terminations >= 1
    assert run.figures.mishaps.total() >= 1
    assert run.figures.acknowledged > plan.players
    assert run.figures.frames > run.figures.acknowledged
