"""A clock that stands still until it is told to go."""

from __future__ import annotations

from dataclasses import dataclass

from lobby.domain.values import Instant


@dataclass(slots=True)
class ManualClock:
    at: Instant = 1_700_000_000_000

    def now(self) -> Instant:
        return self.at

    def go(self, ms: int) -> Instant:
        self.at += ms
        return self.at
