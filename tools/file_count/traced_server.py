"""Runs the lobby server and counts the calls of each of its source files between two SIGUSR2.

The first signal starts counting. The second one stops it and writes {path: calls} as JSON to the file that `BENCH_CALLS` names.
"""

from __future__ import annotations

import json
import os
import runpy
import signal
import sys
import threading
from collections import Counter
from pathlib import Path
from types import CodeType, FrameType

CHECKOUT = Path("checkout").absolute()
"""The server's source tree, in the folder that it is served from."""

calls: Counter[CodeType] = Counter()
is_counting = False


def count(frame: FrameType, event: str, _: object) -> None:
    if is_counting and event == "call":
        calls[frame.f_code] += 1


def toggle(*_: object) -> None:
    global is_counting
    is_counting = not is_counting
    if is_counting:
        calls.clear()
    write({} if is_counting else calls_by_file())


def calls_by_file() -> dict[str, int]:
    by_file = Counter[str]()
    for code, number in calls.copy().items():
        path = Path(code.co_filename)
        if path.is_relative_to(CHECKOUT):
            by_file[str(path.relative_to(CHECKOUT))] += number
    return by_file


def write(content: dict[str, int]) -> None:
    """Rename a complete file into place, so that the reader never sees a half of it."""
    target = Path(os.environ["BENCH_CALLS"])
    part = target.with_suffix(".part")
    part.write_text(json.dumps(content), encoding="utf-8")
    part.rename(target)


if __name__ == "__main__":
    sys.argv = ["server.py"]
    sys.path[0] = str(CHECKOUT)
    signal.signal(signal.SIGUSR2, toggle)
    threading.setprofile(count)
    sys.setprofile(count)
    runpy.run_path(str(CHECKOUT / "server.py"), run_name="__main__")
