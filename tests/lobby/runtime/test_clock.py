"""The server's clock when the clock of the system steps, and when the process is paused."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from lobby.runtime.clock import OutsideClock, SystemClock, TimeJump

START_NS = 1_800_000_000_000_000_000
SECOND_NS = 1_000_000_000
START, SECOND = START_NS // 1_000_000, 1_000


@dataclass(slots=True)
class Machine:
    """The two clocks of a machine, a server's clock on it, and the jumps that it reported."""

    wall_ns: int = START_NS
    monotonic_ns: int = 5 * SECOND_NS
    clock: SystemClock = field(init=False)
    jumps: list[TimeJump] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = SystemClock(lambda: self.wall_ns, lambda: self.monotonic_ns)
        self.clock.jump_listeners.append(self.jumps.append)
        self.clock.watch()

    def pass_time(self, seconds: float, read_every_s: float = 0.1) -> int:
        """Time passes while somebody reads the clock; returns its time."""
        for _ in range(round(seconds / read_every_s)):
            self.monotonic_ns += round(read_every_s * SECOND_NS)
            self.wall_ns += round(read_every_s * SECOND_NS)
            now = self.clock.now()
        return now

    def set_wall(self, seconds: float) -> None:
        self.wall_ns += round(seconds * SECOND_NS)


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_the_clock_shows_the_time_of_the_system(machine: Machine) -> None:
    assert machine.clock.now() == START
    assert machine.pass_time(100) == START + 100 * SECOND
    assert machine.jumps == []


def test_time_goes_on_after_the_systems_clock_was_set_back(machine: Machine) -> None:
    machine.set_wall(-3600)
    assert machine.pass_time(10) in range(START + 9 * SECOND, START + 10 * SECOND + 1)
    assert machine.jumps == [TimeJump(stood_still_ms=0, step_ms=-3_600_000)]
    assert not machine.jumps[0].skips_time


def test_the_clock_waits_slowly_for_the_system_after_a_step_back(machine: Machine) -> None:
    machine.set_wall(-10)
    machine.pass_time(101)
    assert abs(machine.clock.now() - machine.wall_ns // 1_000_000) <= 60


def test_the_clock_never_goes_back(machine: Machine) -> None:
    times = [machine.clock.now()]
    for step in (-5, 3, -0.2, 0.7, -60, 600, 0, -1):
        machine.set_wall(step)
        times += [machine.pass_time(0.1) for _ in range(20)]
    assert times == sorted(times)


def test_a_step_forward_is_followed_and_reported(machine: Machine) -> None:
    machine.set_wall(300)
    assert machine.pass_time(1) == START + 301 * SECOND
    assert machine.jumps == [TimeJump(stood_still_ms=0, step_ms=300_000)]
    assert machine.jumps[0].skips_time


def test_steps_of_less_than_a_second_are_not_reported(machine: Machine) -> None:
    for step in (0.9, -0.9, 0.5):
        machine.set_wall(step)
        machine.pass_time(1)
    assert machine.jumps == []


def test_the_first_reading_after_a_stop_reports_it(machine: Machine) -> None:
    machine.pass_time(1)
    machine.pass_time(60, read_every_s=60)
    assert [jump.step_ms for jump in machine.jumps] == [0]
    assert 60_000 <= machine.jumps[0].stood_still_ms <= 60_250
    machine.pass_time(10)
    assert len(machine.jumps) == 1


def test_a_suspended_machine_counts_as_a_step_forward(machine: Machine) -> None:
    """While a Linux machine sleeps its monotonic clock stands still."""
    machine.pass_time(1)
    machine.set_wall(8 * 3600)
    machine.pass_time(1)
    assert [jump.skips_time for jump in machine.jumps] == [True]


def test_a_clock_that_nobody_watches_reports_no_stop() -> None:
    machine = Machine()
    machine.clock = SystemClock(lambda: machine.wall_ns, lambda: machine.monotonic_ns)
    machine.clock.jump_listeners.append(machine.jumps.append)
    machine.pass_time(60, read_every_s=60)
    assert machine.jumps == []


def test_a_new_process_goes_on_from_the_newest_stored_time(machine: Machine, caplog: pytest.LogCaptureFixture) -> None:
    machine.clock.carry_on(START + 3600 * SECOND)
    assert machine.clock.now() == START + 3600 * SECOND
    assert machine.pass_time(10) in range(START + 3608 * SECOND, START + 3610 * SECOND + 1)
    assert "the clock is 3600.0 s behind the newest time in the store" in caplog.text
    assert machine.jumps == []
    machine.set_wall(3600)
    machine.pass_time(20)
    assert machine.clock.now() == machine.wall_ns // 1_000_000


def test_the_time_of_others_is_known_while_the_clock_is_ahead(machine: Machine) -> None:
    outside = OutsideClock(machine.clock)
    assert (machine.clock.ahead_ms(), outside.now()) == (0, START)
    machine.set_wall(-3600)
    machine.pass_time(10)
    assert machine.clock.ahead_ms() in range(3598_000, 3600_001)
    assert outside.now() == machine.wall_ns // 1_000_000
    machine.set_wall(3600)
    machine.pass_time(1)
    assert machine.clock.ahead_ms() == 0


def test_a_stored_time_of_the_past_changes_nothing(machine: Machine) -> None:
    machine.clock.carry_on(START - SECOND)
    assert machine.pass_time(10) == START + 10 * SECOND


def test_a_shared_clock_replaces_that_of_the_machine(machine: Machine, caplog: pytest.LogCaptureFixture) -> None:
    machine.clock.follow(START - 500 * SECOND)
    assert "the clock of this machine is 500.0 s off" in caplog.text
    assert machine.pass_time(10) == START - 490 * SECOND
    machine.set_wall(-3600)
    assert machine.pass_time(10) == START - 480 * SECOND
    assert machine.jumps == []


def test_a_step_of_a_shared_clock_is_reported(machine: Machine) -> None:
    machine.clock.follow(START)
    machine.pass_time(1)
    machine.clock.follow(START + 61 * SECOND)
    assert machine.pass_time(1) == START + 62 * SECOND
    machine.clock.follow(START + 2 * SECOND)
    machine.pass_time(1)
    assert [jump.step_ms for jump in machine.jumps] == [60_000, -60_000]


def test_a_shared_clock_that_is_read_again_and_again_changes_nothing(machine: Machine) -> None:
    """Each reading is a few milliseconds off."""
    machine.clock.follow(START)
    for number in range(100):
        now = machine.pass_time(1)
        machine.clock.follow(now + (number % 3 - 1) * 20)
    assert machine.clock.now() == START + 100 * SECOND
