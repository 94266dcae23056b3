"""Waiting until a server has done all that it was asked."""

from __future__ import annotations

import time

from bench.load.loop import Loop
from bench.serving import Served

LOOK_S = 0.25
QUIET_SHARE = 0.04
"""Of a core: what timers and pings may take."""
SETTLE_MAX_S = 60.0


def settle(server: Served, loop: Loop) -> None:
    """Returns once the server is next to idle, or after `SETTLE_MAX_S`; what comes in meanwhile is read.

    No protocol says when a subscription is in place. A server with nothing left to do has made them all.
    """
    latest_s = time.perf_counter() + SETTLE_MAX_S
    used_s = LOOK_S
    while used_s > LOOK_S * QUIET_SHARE and time.perf_counter() < latest_s:
        before_s = server.cpu_s()
        loop.read_for(LOOK_S)
        used_s = server.cpu_s() - before_s
