"""A short simulation against real servers; `scripts/simulation` plays with thousands of players."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fork_server import start_forked_server
from tests.needs import needs
from tools.chaos.deployments import VALKEY
from tools.simulation import run
from tools.simulation.run import Plan, Simulation

SETTLE_S = 16.0


@pytest.mark.parametrize(("store", "nodes"), [(None, 1), (VALKEY, 2)])
async def test_every_search_and_wait_ends_and_inboxes_agree_with_the_logs(
    store: str | None, nodes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if store is not None:
        needs("valkey")
    monkeypatch.setattr(run, "SETTLE_S", SETTLE_S)
    short = {"LOBBY_GRACE_WAITING_S": "4", "LOBBY_SEARCH_S": "5", "LOBBY_MATCH_ACCEPT_S": "2", "LOBBY_SEAT_HOLD_S": "2"}
    monkeypatch.setattr(run, "SERVER_SETTINGS", run.SERVER_SETTINGS | short)
    plan = Plan(
        tmp_path,
        players=24,
        seconds=8,
        seed=5,
        store=store,
        nodes=nodes,
        pause_s=0.7,
        kill_every_s=6,
        start_process=start_forked_server,
    )
    simulation = Simulation(plan)

    verdict = await simulation.execute()

    assert verdict.counted == [], simulation.pace
    assert simulation.records.kills == 1
    assert simulation.records.actions["StartSearch done"] > 0
    assert simulation.records.actions["BlockPlayer done"] > 0
    assert sum(map(len, simulation.records.inboxes.values())) > plan.players
