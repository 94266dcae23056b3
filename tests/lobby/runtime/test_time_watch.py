"""Skipped time, and the grace periods after it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import pytest

from lobby.runtime.clock import TimeWatch
from tests.lobby.runtime.test_clock import START, Machine


class Graces:
    """Counts how often all grace periods began again."""

    def __init__(self) -> None:
        self.restarts = 0

    def restart(self) -> None:
        self.restarts += 1


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def graces() -> Graces:
    return Graces()


@pytest.fixture
async def watch(machine: Machine, graces: Graces) -> AsyncIterator[TimeWatch]:
    watch = TimeWatch(machine.clock, graces.restart)
    await watch.open()
    yield watch
    await watch.close()


async def test_without_jumps_time_counts_from_the_start(machine: Machine, watch: TimeWatch, graces: Graces) -> None:
    machine.pass_time(60)
    assert (watch.resumed_at, graces.restarts) == (START, 0)


async def test_after_a_stop_time_counts_from_its_end(
    machine: Machine, watch: TimeWatch, graces: Graces, caplog: pytest.LogCaptureFixture
) -> None:
    now = machine.pass_time(120, read_every_s=120)
    assert (watch.resumed_at, graces.restarts) == (now, 1)
    assert "the process stood still for 120.0 s" in caplog.text


async def test_after_a_step_forward_time_counts_from_there(
    machine: Machine, watch: TimeWatch, graces: Graces, caplog: pytest.LogCaptureFixture
) -> None:
    machine.set_wall(300)
    now = machine.pass_time(0.3)
    assert (watch.resumed_at, graces.restarts) == (now, 1)
    assert "set forward by 300.0 s" in caplog.text


async def test_a_step_back_is_logged_and_ends_no_grace(
    machine: Machine, watch: TimeWatch, graces: Graces, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    machine.set_wall(-300)
    machine.pass_time(0.3)
    assert (watch.resumed_at, graces.restarts) == (START, 0)
    assert "set back by 300.0 s" in caplog.text
