"""Assigns cores, so that attackers do not slow the server down by taking its CPU time.

A server of our own has a core to itself. Attackers and reference clients share another one, where attackers run only while
the reference clients are idle.
"""

from __future__ import annotations

import os
import sys

NICE_MAX = 19

_CORES = sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else []
"""The cores of this process at its start."""


def has_two_cores() -> bool:
    """True if the machine has enough cores to separate server and clients."""
    return len(_CORES) > 1


def confine_server() -> None:
    """Pin this process and its children to the server core."""
    if has_two_cores():
        os.sched_setaffinity(0, _CORES[:1])


def confine_clients() -> None:
    """Pin this process and its children to the other cores."""
    if has_two_cores():
        os.sched_setaffinity(0, _CORES[1:])


def set_idle_priority() -> None:
    """Run this process only while its core is idle. Only a privileged process could undo this."""
    if sys.platform == "linux":
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    else:
        os.nice(NICE_MAX)
