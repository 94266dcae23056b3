"""Runs the chaos test of the old release in a process of its own, with the code of that release."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.upgrade.released_code import ROOT

OLD_CHAOS = Path(__file__).with_name("old_chaos.py")
WAIT_S = 900
"""The bound for everything."""


def play(folder: Path, store: str, arguments: Sequence[str]) -> int:
    """Play with the old code in `folder`/old, and print its report. `arguments` go to its command line. Returns its exit code."""
    old, results = folder / "old", folder / "run"
    results.mkdir()
    stores = [f"--store={store}"] if store != "sqlite" else []
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LOBBY_")}
    return subprocess.run(  # noqa: S603 - this program, with options of its own command line
        [sys.executable, str(OLD_CHAOS), str(ROOT), f"--folder={results}", *stores, *arguments],
        cwd=old,
        env=environment | {"PYTHONPATH": str(old)},
        stdin=subprocess.DEVNULL,
        timeout=WAIT_S,
    ).returncode
