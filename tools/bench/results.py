"""The figures of the benchmark, and the readings of one run."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tools.bench.options import Options


@dataclass(frozen=True, slots=True)
class Figure:
    """Something that the benchmark measures. `digits`: decimals. `more_is_better`: true for rates, false for costs and times."""

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


def _rooms(key: str) -> tuple[Figure, ...]:
    title = f"{{{key}}} parties of 8 players, {{room_rate}}/s"
    return (
        Figure(f"{key}.delivery", f"{title}: server CPU beyond the change", "us/delivery", 1),
        Figure(f"{key}.change", f"{title}: server CPU of a change nobody follows", "us/change"),
        Figure(f"{key}.p99", f"{title}: mutation to last of 8, p99", "ms", 2),
    )


FIGURES = (
    *_rate("party", "party query, document known beforehand"),
    *_rate("untrusted", "party query, text seen before"),
    *_rate("mutation", "mutation setReady"),
    *_rooms("rooms_few"),
    *_rooms("rooms_many"),
    Figure("list.delivery", "list, {watchers} watchers, {list_rate}/s: server CPU beyond the change", "us/delivery", 1),
    Figure("list.rate", "list, {watchers} watchers, {list_rate}/s: deliveries", "1/s", more_is_better=True),
    Figure("fanout.cpu", "fan-out to {followers}: server CPU", "us/delivery", 1),
    Figure("fanout.wall", "fan-out to {followers}: until the last has it", "ms/event", 1),
    Figure("idle.memory", "an idle follower's memory", "KiB", 1),
    Figure("matchmaking.p50", "{searching} parties search at once in 20 kinds: time to match, p50", "ms"),
    Figure("matchmaking.p99", "{searching} parties search at once in 20 kinds: time to match, p99", "ms"),
    Figure("matchmaking.cpu", "matchmaking: server CPU beyond the searches", "us/match"),
    Figure("matchmaking.tick", "matchmaking: longest tick, CPU", "ms", 1),
    Figure("matchmaking.slice", "matchmaking: longest time without other work, CPU", "ms", 1),
    Figure("matchmaking.turn", "matchmaking: longest turn of the event loop meanwhile, CPU, at most", "ms", 1),
    Figure("matchmaking.probe", "matchmaking: a query of somebody else meanwhile, p99", "ms", 1),
    Figure("matchmaking.probe_alone", "the same searches without a match: such a query, p99", "ms", 1),
    Figure("latency.p50", "mutation to last of 8, {rate}/s over {parties}, p50", "ms", 2),
    Figure("latency.p99", "mutation to last of 8, {rate}/s over {parties}, p99", "ms", 2),
)
"""In the order of the table."""
SIZE_FIGURES = (
    Figure("sizes.party", "party query: server CPU", "us/request"),
    Figure("sizes.mutation", "mutation setReady: server CPU", "us/request"),
    Figure("sizes.page", "page of 10, 1 in 6 parties match: server CPU", "us/request"),
    Figure("sizes.rare", "page of 10, 25 parties match: server CPU", "us/request"),
    Figure("sizes.memory", "memory of the server", "MiB"),
    Figure("restart.time", "restart until the first answer", "s", 2),
)
"""Measured once for each size. The key of such a reading ends in `@<parties>`."""

OTHERS = "others.share"
"""The share of the server core's time that other processes took, 0 to 1. Measured beside most figures."""


def slices_of(row: str) -> str:
    """The key of the readings that compare two servers slice by slice in a row of HTTP: see `measure_slices`."""
    return f"{row}.slices"


def at_size(key: str, parties: int) -> str:
    """The key of a figure of `SIZE_FIGURES` at this number of parties."""
    return f"{key}@{parties}"


@dataclass(frozen=True, slots=True)
class Reading:
    """One measured value. `figure`: a key of the figures above. `round` counts from 1."""

    figure: str
    contender: str
    round: int
    value: float


@dataclass(frozen=True, slots=True)
class Results:
    """All readings of one run, with what is needed to compare them with another run."""

    options: Options
    machine: dict[str, str]
    readings: tuple[Reading, ...]

    def median(self, figure: str, contender: str) -> float | None:
        """The median over all rounds; None without a reading."""
        values = self.values(figure, contender)
        return statistics.median(values) if values else None

    def values(self, figure: str, contender: str) -> list[float]:
        """The readings of all rounds, sorted."""
        return sorted(r.value for r in self.readings if (r.figure, r.contender) == (figure, contender))

    def contenders_of(self, figures: Sequence[str]) -> list[str]:
        """The names of the servers with a reading of any of `figures`, in the order of the options."""
        names = {reading.contender for reading in self.readings if reading.figure in figures}
        return [contender.name for contender in self.options.contenders if contender.name in names]

    def as_json(self) -> str:
        """Everything, so that later runs can be compared with this one."""
        options = self.options
        content: dict[str, Any] = {
            "machine": self.machine,
            "options": {
                "rounds": options.rounds,
                "seconds": options.seconds,
                "warm_up_s": options.warm_up_s,
                "connections": options.connections,
                "slices": options.slices,
                "parties": options.parties,
                "followers": options.followers,
                "rate": options.rate,
                "rooms": [options.rooms_few, options.rooms_many],
                "room_rate": options.room_rate,
                "watchers": options.watchers,
                "list_rate": options.list_rate,
                "searching": options.searching,
                "sizes": options.sizes,
            },
            "contenders": {contender.name: contender.description for contender in options.contenders},
            "medians": self._medians(),
            "readings": [[r.figure, r.contender, r.round, r.value] for r in self.readings],
        }
        return json.dumps(content, indent=1)

    def _medians(self) -> dict[str, dict[str, float | None]]:
        medians: dict[str, dict[str, float | None]] = {}
        for reading in self.readings:
            by_contender = medians.setdefault(reading.figure, {})
            by_contender[reading.contender] = self.median(reading.figure, reading.contender)
        return medians
