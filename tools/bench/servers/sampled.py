"""Runs the lobby server and samples its Python stack every two milliseconds of CPU time, from SIGUSR2 on.

Sampling barely slows the server down, as opposed to a tracing profiler. When the server ends, the stacks are in `STACKS`.
Time in C code counts for the Python function that called it. The profiler does not sample other threads, such as the thread that
writes to the disk.
"""

from __future__ import annotations

import runpy
import signal
import sys
from collections import Counter
from pathlib import Path
from types import CodeType, FrameType

ROOT = Path(__file__).parents[3]
STACKS = ROOT / "tools/bench/results/profile.folded"
"""One line per stack, outermost function first, with its number of samples: the input format of flame graph tools."""
CHECKOUT = Path("checkout")
"""The server's source tree, in the folder that it is served from."""
EVERY_S = 0.002
DEPTH_MAX = 100

stacks: Counter[tuple[CodeType, ...]] = Counter()


def sample(_: int, frame: FrameType | None) -> None:
    stack: list[CodeType] = []
    while frame is not None and len(stack) < DEPTH_MAX:
        stack.append(frame.f_code)
        frame = frame.f_back
    stacks[tuple(stack)] += 1


def begin(*_: object) -> None:
    signal.setitimer(signal.ITIMER_PROF, EVERY_S, EVERY_S)


def fold() -> str:
    return "".join(f"{';'.join(map(_name, reversed(stack)))} {count}\n" for stack, count in stacks.items())


def _name(code: CodeType) -> str:
    path, checkout = Path(code.co_filename), CHECKOUT.absolute()
    shown = path.relative_to(checkout) if path.is_relative_to(checkout) else Path(*path.parts[-2:])
    return f"{shown}:{code.co_firstlineno} {code.co_qualname}".replace(";", ",")


if __name__ == "__main__":
    sys.argv = ["server.py"]
    sys.path[0] = str(CHECKOUT.absolute())
    signal.signal(signal.SIGPROF, sample)
    signal.signal(signal.SIGUSR2, begin)
    try:
        runpy.run_path(str(CHECKOUT.absolute() / "server.py"), run_name="__main__")
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        STACKS.parent.mkdir(parents=True, exist_ok=True)
        STACKS.write_text(fold(), encoding="utf-8")
