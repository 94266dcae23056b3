"""The lobby server with a look at its stack every two milliseconds that it works, from SIGUSR1 on: where its time goes,
without slowing it down as a tracing profiler does. On its end the stacks are in `FOLDED`.

What runs in C is counted for the Python function that called it. Other threads (the one that writes to the disk) are not seen.
"""

from __future__ import annotations

import runpy
import signal
import sys
from collections import Counter
from pathlib import Path
from types import CodeType, FrameType

ROOT = Path(__file__).parents[2]
FOLDED = ROOT / "bench/results/profile.folded"
"""A line a stack, outermost function first, and how often it was seen: what flame graph tools read."""
EVERY_S = 0.002
DEPTH_MAX = 100

stacks: Counter[tuple[CodeType, ...]] = Counter()


def look(_: int, frame: FrameType | None) -> None:
    stack: list[CodeType] = []
    while frame is not None and len(stack) < DEPTH_MAX:
        stack.append(frame.f_code)
        frame = frame.f_back
    stacks[tuple(stack)] += 1


def begin(*_: object) -> None:
    signal.setitimer(signal.ITIMER_PROF, EVERY_S, EVERY_S)


def folded() -> str:
    return "".join(f"{';'.join(map(_name, reversed(stack)))} {count}\n" for stack, count in stacks.items())


def _name(code: CodeType) -> str:
    path = Path(code.co_filename)
    shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else Path(*path.parts[-2:])
    return f"{shown}:{code.co_firstlineno} {code.co_qualname}".replace(";", ",")


if __name__ == "__main__":
    sys.argv = ["server.py"]
    sys.path[0] = str(ROOT)
    signal.signal(signal.SIGPROF, look)
    signal.signal(signal.SIGUSR1, begin)
    try:
        runpy.run_path(str(ROOT / "server.py"), run_name="__main__")
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        FOLDED.parent.mkdir(parents=True, exist_ok=True)
        FOLDED.write_text(folded(), encoding="utf-8")
