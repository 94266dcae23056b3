"""Where and when figures were read: without it they can't be held against others."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from pathlib import Path

from bench.contenders import node
from bench.cores import ARE_TWO
from bench.documents import ROOT

WAIT_S = 10.0


def machine() -> dict[str, str]:
    """Words for the report, by what they are about."""
    return {
        "when": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "commit": _said("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"),
        "processor": _processor(),
        "cores": "one for the server, one for the load" if ARE_TWO else "a single one, shared with the load",
        "busy before": f"load average {os.getloadavg()[0]:.1f}",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "node": _said(node(), "--version") if node() else "none",
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _said(*command: str) -> str:
    """What a program prints; "unknown" where it can't be run."""
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=WAIT_S, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return ran.stdout.strip()
