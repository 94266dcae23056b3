"""What time it is."""

from __future__ import annotations

from typing import Protocol

from lobby.domain.values import Instant


class Clock(Protocol):
    def now(self) -> Instant:
        """The server's time; never goes back within one process."""
