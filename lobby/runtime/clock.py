"""The server's clock, steady within a process and close to the time of the system, and what happens when time was skipped.

Countdowns, grace periods and rates are differences of two readings, so a step of the wall clock (NTP, a resumed virtual
machine) must not change them. The clock therefore follows the monotonic clock, from the wall clock's time at the start on, or
from the newest time in the store. Nodes that share a store follow the clock of its servers.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from lobby.domain.values import Instant
from lobby.runtime.background import BackgroundLoop
from lobby.struct import Struct

log = logging.getLogger(__name__)

CHECK_INTERVAL_NS = 250_000_000
"""The least time between two comparisons with the wall clock."""
STEP_MIN_NS = 1_000_000_000
"""Smaller steps of the wall clock are followed and not reported."""
STAND_STILL_MIN_NS = 3_000_000_000
"""A process that did not read its clock for this long stood still. `TICK_S` is far below this."""
SLEW_MIN_NS = 50_000_000
_FULL_SPEED, _SLEW_SPEED = 1000, 900
"""Thousandths of the speed of the monotonic clock. The clock may not go back, so it goes at nine tenths of the speed while it
is ahead of the wall clock."""
_MS_NS = 1_000_000
TICK_S = 0.25
"""How often `TimeWatch` reads the clock."""


class TimeJump(Struct):
    """Time has passed, or seems to have passed, in which the process could not act."""

    stood_still_ms: int
    """How long the process stood still: stopped by a signal, paused with its machine, or blocked. 0: it did not."""
    step_ms: int
    """The step of the wall clock, negative if it was set back, 0 if there was no step."""

    @property
    def skips_time(self) -> bool:
        """True if the clock shows a time that nobody could use, such as to reconnect in."""
        return self.stood_still_ms > 0 or self.step_ms > 0


class SystemClock:
    """Milliseconds since 1970. Never goes back within one process.

    A step forward is followed at once, because tokens of others depend on the time. After a step back the clock is ahead, and
    goes a little slower until the wall clock has caught up.
    """

    def __init__(
        self,
        wall_ns: Callable[[], int] = time.time_ns,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self.jump_listeners: list[Callable[[TimeJump], None]] = []
        """Called by the first reading after a jump, before it returns: nobody acts by the new time without their knowledge."""
        self._wall_ns = wall_ns
        self._shared_offset_ns: int | None = None
        """What to add to the monotonic clock, to get the time of the clock that nodes share."""
        self._monotonic_ns = monotonic_ns
        self._base_ns = wall_ns()
        self._base_at_ns = self._checked_at_ns = monotonic_ns()
        self._speed = _FULL_SPEED
        self._ahead_ns = 0
        self._is_watched = False

    def now(self) -> Instant:
        at_ns = self._monotonic_ns()
        if at_ns - self._checked_at_ns >= CHECK_INTERVAL_NS:
            self._check(at_ns)
        if self._speed == _FULL_SPEED:  # as `_time_ns`: every request asks for the time several times
            return (self._base_ns + at_ns - self._base_at_ns) // _MS_NS
        return self._time_ns(at_ns) // _MS_NS

    def carry_on(self, at: Instant) -> None:
        """Go on from `at`, the newest time in the store, if that is ahead: the clock of the system was set back since.

        Otherwise the stored times lie ahead, and countdowns, grace periods and retention freeze for the length of the step.
        """
        behind_ms = at - self.now()
        if behind_ms <= 0:
            return
        self._base_ns += behind_ms * _MS_NS
        self._ahead_ns += behind_ms * _MS_NS
        self._checked_at_ns = self._monotonic_ns() - CHECK_INTERVAL_NS  # the next reading sets the speed
        if behind_ms * _MS_NS >= STEP_MIN_NS:
            log.warning(
                "the clock is %.1f s behind the newest time in the store: the server goes on from there, and goes slower until "
                "the clock has caught up",
                behind_ms / 1000,
            )

    def follow(self, at: Instant) -> None:
        """Follow a clock that nodes share, which shows `at` now, instead of the clock of this machine. Called again and again."""
        at_ns = self._monotonic_ns()
        offset_ns = at * _MS_NS - at_ns
        if self._shared_offset_ns is None:
            off_ns = self._time_ns(at_ns) - at * _MS_NS
            if abs(off_ns) >= STEP_MIN_NS:
                log.warning("the clock of this machine is %.1f s off, the shared one counts", off_ns / 1e9)
            self._base_ns, self._base_at_ns, self._checked_at_ns = at * _MS_NS, at_ns, at_ns
        elif abs(offset_ns - self._shared_offset_ns) < SLEW_MIN_NS:
            return
        self._shared_offset_ns = offset_ns
        self._wall_ns = lambda: self._monotonic_ns() + offset_ns

    def ahead_ms(self) -> int:
        """How far this clock is ahead of the time that others have. Tokens and signatures that others check go by theirs."""
        ahead_ns = self._time_ns(self._monotonic_ns()) - self._wall_ns()
        return ahead_ns // _MS_NS if ahead_ns >= STEP_MIN_NS else 0

    def watch(self) -> None:
        """From now on somebody reads the clock all the time, so that a gap between readings is a process that stood still."""
        self._checked_at_ns = self._monotonic_ns()
        self._is_watched = True

    def _time_ns(self, at_ns: int) -> int:
        return self._base_ns + (at_ns - self._base_at_ns) * self._speed // _FULL_SPEED

    def _check(self, at_ns: int) -> None:
        passed_ns = at_ns - self._checked_at_ns
        expected_ahead_ns = self._ahead_ns - passed_ns * (_FULL_SPEED - self._speed) // _FULL_SPEED
        time_ns, wall_ns = self._time_ns(at_ns), self._wall_ns()
        step_ns = expected_ahead_ns - (time_ns - wall_ns)
        self._base_ns, self._base_at_ns, self._checked_at_ns = max(time_ns, wall_ns), at_ns, at_ns
        self._ahead_ns = self._base_ns - wall_ns
        self._speed = _SLEW_SPEED if self._ahead_ns > SLEW_MIN_NS else _FULL_SPEED
        stood_still = self._is_watched and passed_ns >= STAND_STILL_MIN_NS
        if stood_still or abs(step_ns) >= STEP_MIN_NS:
            jump = TimeJump(
                stood_still_ms=passed_ns // _MS_NS if stood_still else 0,
                step_ms=step_ns // _MS_NS if abs(step_ns) >= STEP_MIN_NS else 0,
            )
            for listener in self.jump_listeners:
                listener(jump)


class OutsideClock:
    """The time that others have, for signatures that they check. After a step back it shows less than the server's clock."""

    def __init__(self, clock: SystemClock) -> None:
        self._clock = clock

    def now(self) -> Instant:
        return self._clock.now() - self._clock.ahead_ms()


def never_ahead() -> int:
    """The `ahead_ms` of a clock that is right."""
    return 0


class TimeWatch:
    """Reads the clock all the time, and treats skipped time like a restart of the server.

    While a process stands still (SIGSTOP, a paused virtual machine, a sleeping laptop) no player can reconnect and no heartbeat
    of a game server arrives. Without this, all of their grace periods would be over when it wakes.
    """

    def __init__(self, clock: SystemClock, restart_graces: Callable[[], None]) -> None:
        """`restart_graces` is called after time was skipped, before anybody acts by the new time."""
        self._clock = clock
        self._restart_graces = restart_graces
        self._loop = BackgroundLoop("time watch", self._read, TICK_S)
        self.resumed_at: Instant = clock.now()
        """Since when time has passed without a jump. No grace period ends sooner than a full one after this."""

    async def open(self) -> None:
        self._clock.jump_listeners.append(self._on_jump)
        self._clock.watch()
        self._loop.start()

    async def close(self) -> None:
        await self._loop.stop()
        self._clock.jump_listeners.remove(self._on_jump)

    async def _read(self) -> bool:
        self._clock.now()
        return False

    def _on_jump(self, jump: TimeJump) -> None:
        if jump.stood_still_ms:
            log.warning("the process stood still for %.1f s, all grace periods start again", jump.stood_still_ms / 1000)
        if jump.step_ms > 0:
            log.warning("the clock was set forward by %.1f s, all grace periods start again", jump.step_ms / 1000)
        if jump.step_ms < 0:
            log.warning("the clock was set back by %.1f s, the server's time goes slower", -jump.step_ms / 1000)
        if jump.skips_time:
            self.resumed_at = self._clock.now()
            self._restart_graces()
