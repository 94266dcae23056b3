"""Who runs where: what attackers burn must not be taken for the server's time.

A server of our own has a core to itself. Attackers and good clients share another one, and there attackers give way: they run
only while no good client wants to.
"""

from __future__ import annotations

import os
import sys

NICE_MAX = 19

_CORES = sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else []
"""Those that this process was given, before it confines itself."""


def are_two() -> bool:
    """Whether there are cores enough to part server and clients."""
    return len(_CORES) > 1


def confine_server() -> None:
    """Keep this process, and what it starts, on the server's core."""
    if are_two():
        os.sched_setaffinity(0, _CORES[:1])


def confine_clients() -> None:
    """The same for all others."""
    if are_two():
        os.sched_setaffinity(0, _CORES[1:])


def give_way() -> None:
    """Run only while nobody else on this core wants to. For good: it takes privileges to come back."""
    if sys.platform == "linux":
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    else:
        os.nice(NICE_MAX)
