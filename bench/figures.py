"""What is read, in the order of the table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """`digits` behind the point. `more_is_better` for rates; all else is a cost or a wait."""

    key: str
    title: str
    unit: str
    digits: int = 0
    more_is_better: bool = False


def _rate(key: str, title: str) -> tuple[Figure, Figure]:
    return (
        Figure(f"{key}.rate", title, "requests/s", more_is_better=True),
        Figure(f"{key}.cpu", f"{title}: server CPU", "us/request"),
    )


FIGURES = (
    *_rate("party", "party query, document known beforehand"),
    *_rate("untrusted", "party query, text seen before"),
    *_rate("mutation", "mutation setReady"),
    Figure("fanout.cpu", "fan-out to {followers}: server CPU", "us/delivery", 1),
    Figure("fanout.wall", "fan-out to {followers}: until the last has it", "ms/event", 1),
    Figure("idle.memory", "an idle follower's memory", "KiB", 1),
    Figure("latency.p50", "mutation to last of 8, {rate}/s over {parties}, p50", "ms", 2),
    Figure("latency.p99", "mutation to last of 8, {rate}/s over {parties}, p99", "ms", 2),
)
SIZE_FIGURES = (
    Figure("sizes.party", "party query: server CPU", "us/request"),
    Figure("sizes.mutation", "mutation setReady: server CPU", "us/request"),
    Figure("sizes.page", "page of 10, 1 in 6 parties match: server CPU", "us/request"),
    Figure("sizes.rare", "page of 10, 25 parties match: server CPU", "us/request"),
    Figure("sizes.memory", "memory of the server", "MiB"),
    Figure("restart.time", "restart until the first answer", "s", 2),
)
"""Each is read at every size; the key then ends in `@<parties>`."""

OTHERS = "others.share"
"""Read beside the rest: how much of the servers' core went to something else."""


def at_size(key: str, parties: int) -> str:
    return f"{key}@{parties}"
