"""What is counted as it happens, for operators. Plain numbers: counting costs a command next to nothing."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from functools import cache

COMMIT_BOUNDS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Upper ends of what commit latencies are sorted into: from a commit in memory to a disk in trouble."""
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


class Tally:
    """Since the process started. Bounded: there are so many commands, and so many outcomes."""

    def __init__(self) -> None:
        self.commands: Counter[tuple[str, str]] = Counter()
        """By command and outcome: "done", "replayed", or the code of the rejection."""
        self.commits = [0] * (len(COMMIT_BOUNDS_S) + 1)
        """How many took up to each of the bounds, but longer than the one before; the last: longer than all."""
        self.commit_s = 0.0
        """All of them together."""

    def command(self, of: str, outcome: str) -> None:
        self.commands[of, outcome] += 1

    def committed(self, took_s: float) -> None:
        """A commit is durable."""
        self.commits[bisect_left(COMMIT_BOUNDS_S, took_s)] += 1
        self.commit_s += took_s


def name_of(command: object) -> str:
    """set_ready for SetReady(...)."""
    return _name(type(command).__name__)


@cache
def _name(of: str) -> str:
    return _HUMP.sub("_", of).lower()
