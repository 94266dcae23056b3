"""The clock of tests: time passes only when a test says so."""

from __future__ import annotations

from dataclasses import dataclass

from lobby.domain.values import Instant
from tests.lobby.domain.scenes import START


@dataclass(slots=True)
class ManualClock:
    at: Instant = START

    def now(self) -> Instant:
        return self.at

    def advance(self, seconds: float) -> Instant:
        """The time after that many seconds have passed."""
        return self.advance_ms(round(seconds * 1000))

    def advance_ms(self, ms: int) -> Instant:
        """The time after that many milliseconds have passed."""
        self.at += ms
        return self.at

    def carry_on(self, at: Instant) -> None:
        self.at = max(self.at, at)

    def follow(self, at: Instant) -> None:
        """The test sets the time."""
