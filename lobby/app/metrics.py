"""Numbers that are counted as they occur, for /metrics. Counting costs a command next to nothing."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from functools import cache

COMMIT_BOUNDS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Upper bounds of the histogram of commit times: from a commit in memory to a disk in trouble."""
_WORD_BOUNDARY = re.compile(r"(?<=[a-z])(?=[A-Z])")


class Metrics:
    """Numbers since the process started. There are few commands and few outcomes, so the memory is bounded."""

    def __init__(self) -> None:
        self.commands: Counter[tuple[str, str]] = Counter()
        """By command and outcome: "done", "replayed", or the code of the rejection."""
        self.commits = [0] * (len(COMMIT_BOUNDS_S) + 1)
        """The number of commits for each bound: those that took at most this long, but longer than the bound before. The last
        number counts those that took longer than all bounds."""
        self.commit_s = 0.0
        """The time of all commits together."""

    def count_command(self, name: str, outcome: str) -> None:
        self.commands[name, outcome] += 1

    def count_commit(self, took_s: float) -> None:
        """Count a commit that is durable now."""
        self.commits[bisect_left(COMMIT_BOUNDS_S, took_s)] += 1
        self.commit_s += took_s


def command_name(command: object) -> str:
    """The name of a command in metrics and rate limits: "set_ready" for SetReady(...)."""
    return command_name_of(type(command))


def command_name_of(command_class: type) -> str:
    """The same for the class of a command."""
    return _snake_case(command_class.__name__)


@cache
def _snake_case(name: str) -> str:
    return _WORD_BOUNDARY.sub("_", name).lower()
