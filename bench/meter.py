"""What a server used of its core while something was measured, and what was not left to it."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from bench.cores import SERVER_CORE
from bench.serving import Served

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_IDLE = (3, 4)
"""The columns of /proc/stat, behind the name, in which a core does nothing: idle and iowait."""
_COLUMNS = 8
"""Those behind them count guests' time, which is in the first ones already."""


@dataclass(frozen=True, slots=True)
class Used:
    """`others_share`: of the core's time, 0 to 1, what went to anything but the server; the kernel's own work for the
    network is in it, a few percent."""

    cpu_s: float
    others_share: float


class Meter:
    """Runs from its making."""

    def __init__(self, server: Served) -> None:
        self._server = server
        self._began_s = time.perf_counter()
        self._busy_s = _busy_s()
        self._cpu_s = server.cpu_s()

    def read(self) -> Used:
        cpu_s = self._server.cpu_s() - self._cpu_s
        others_s = _busy_s() - self._busy_s - cpu_s
        return Used(cpu_s, min(1.0, max(0.0, others_s / (time.perf_counter() - self._began_s))))


def _busy_s() -> float:
    lines = Path("/proc/stat").read_text(encoding="ascii").splitlines()
    columns = next(line for line in lines if line.startswith(f"cpu{SERVER_CORE} ")).split()[1 : 1 + _COLUMNS]
    return sum(int(ticks) for column, ticks in enumerate(columns) if column not in _IDLE) * _TICK_S
