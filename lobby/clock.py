"""The server's time."""

from __future__ import annotations

import time

from lobby.domain.values import Instant


class SystemClock:
    """Wall time in milliseconds that never goes back within one process, whatever is done to the machine's clock."""

    def __init__(self) -> None:
        self._latest: Instant = 0

    def now(self) -> Instant:
        now = time.time_ns() // 1_000_000
        if now > self._latest:
            self._latest = now
        return self._latest
