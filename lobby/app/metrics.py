"""Numbers that are counted as they occur, for /metrics. Counting costs a command next to nothing."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import get_args

from lobby.domain.commands import Command
from lobby.runtime.measures import Histogram

COMMIT_BOUNDS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Upper bounds of the histogram of commit times: from a commit in memory to a disk in trouble."""
DELIVERY_BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""From a commit to the frame: at best a commit and a hint, at worst the interval at which logs are read without a hint."""
_WORD_BOUNDARY = re.compile(r"(?<=[a-z])(?=[A-Z])")


class StreamMetrics:
    """Numbers of the followers of this node."""

    def __init__(self) -> None:
        self.delivery_s = Histogram(DELIVERY_BOUNDS_S)
        """The time from the decision of an entry until its frame was offered to the followers, for each entry and log."""
        self.snapshots: Counter[str] = Counter()
        """Snapshots that followers got, by reason, in lower case."""
        self.resyncs = 0
        """The number of times that hints of other nodes may have been missed, so that all logs were read."""


class Metrics:
    """Numbers since the process started. There are few commands and few outcomes, so the memory is bounded."""

    def __init__(self) -> None:
        self.commands: Counter[tuple[str, str]] = Counter()
        """By command and outcome: "done", "replayed", or the code of the rejection."""
        self.commit_s = Histogram(COMMIT_BOUNDS_S)
        """The time of each commit."""
        self.sign_ins: Counter[tuple[str, str]] = Counter()
        """By provider ("guest" for guests) and outcome: "done", or the code of the rejection."""
        self.allocations: Counter[str] = Counter()
        """Attempts to find a game server, by outcome: "done", "pending" or "failed"."""

    def count_command(self, name: str, outcome: str) -> None:
        self.commands[name, outcome] += 1

    def count_commit(self, took_s: float) -> None:
        """Count a commit that is durable now."""
        self.commit_s.observe(took_s)


def command_name(command: object) -> str:
    """The name of a command in metrics and rate limits: "set_ready" for SetReady(...)."""
    return command_name_of(type(command))


def command_name_of(command_class: type) -> str:
    """The same for the class of a command."""
    return _snake_case(command_class.__name__)


@cache
def _snake_case(name: str) -> str:
    return _WORD_BOUNDARY.sub("_", name).lower()


_OF_SERVICES = (
    "quick_join",
    "enter_party",
    "accept_invite",
    "link_identity",
    "block_player",
    "unblock_player",
    "report_player",
)
MUTATION_KINDS = frozenset({*_OF_SERVICES, *map(command_name_of, get_args(Command))})
"""The kinds of mutation that the metrics count, and that may have a rate of their own."""
