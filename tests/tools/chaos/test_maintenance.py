"""Actions that begin in a maintenance are found, and actions that go on in it are not."""

from __future__ import annotations

from tests.lobby.domain.scenes import Scene
from tools.chaos.expected_state.logs import Log
from tools.chaos.figures import MaintenanceWindow
from tools.chaos.maintenance import check_maintenances, ended_sessions


def log_of(scene: Scene) -> Log:
    return Log.replay("party", scene.log)


def test_a_party_and_a_start_in_a_maintenance_are_violations() -> None:
    scene = Scene("ann").starts()
    log = log_of(scene)
    created, started = log.entries[0].at, log.entries[-1].at
    for window, count in (
        (MaintenanceWindow(created, started + 1), 2),
        (MaintenanceWindow(started + 1, started + 60_000), 0),
        (MaintenanceWindow(created - 60_000, created), 0),
    ):
        assert len(list(check_maintenances([log], [window]))) == count


def test_a_run_that_ends_in_a_maintenance_is_counted_and_no_violation() -> None:
    scene = Scene("ann").running()
    running = log_of(scene)
    ended = log_of(scene.after(10).completes())
    window = MaintenanceWindow(running.entries[-1].at + 1, ended.entries[-1].at + 1)
    assert list(check_maintenances([ended], [window])) == []
    assert (ended_sessions([running], [window]), ended_sessions([ended], [window])) == (0, 1)
