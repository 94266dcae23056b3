"""The machine under the benchmark: which core runs what, and a description for the report."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.bench.contenders import find_node
from tools.bench.documents import ROOT

WAIT_S = 10.0
_CORES = sorted(os.sched_getaffinity(0))[:2]
SERVER_CORE = _CORES[0]
"""Servers have this core to themselves; load programs run on the other one."""
HAS_TWO_CORES = len(_CORES) == 2
"""With a single core, server and load share it, and rates mean little."""


def move_to_load_core() -> None:
    """Pin this process, and all processes that it starts from now on, to the load core."""
    os.sched_setaffinity(0, {_CORES[-1]})


@contextmanager
def on_server_core() -> Iterator[None]:
    """Processes that this block starts run on the server core: a child inherits the affinity of its parent."""
    os.sched_setaffinity(0, {SERVER_CORE})
    try:
        yield
    finally:
        move_to_load_core()


def use_both_cores(pid: int) -> None:
    """Let all threads of a process run on the load core too."""
    for thread in os.listdir(f"/proc/{pid}/task"):
        os.sched_setaffinity(int(thread), _CORES)


def describe_machine() -> dict[str, str]:
    """Facts for the report, by topic. Figures of two runs can only be compared with these beside them."""
    return {
        "when": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "commit": commit_of(ROOT),
        "processor": _processor(),
        "cores": "one for the server, one for the load" if HAS_TWO_CORES else "a single one, shared with the load",
        "busy before": f"load average {os.getloadavg()[0]:.1f}",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "node": _output_of(find_node(), "--version") if find_node() else "none",
    }


def commit_of(checkout: Path) -> str:
    """The short hash of the checked-out commit; "unknown" outside of a git repository."""
    return _output_of("git", "-C", str(checkout), "rev-parse", "--short", "HEAD")


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _output_of(*command: str) -> str:
    """The standard output of a program; "unknown" if it cannot run."""
    try:
        process = subprocess.run(command, capture_output=True, text=True, timeout=WAIT_S, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return process.stdout.strip()
