"""All that was read in one run, and what it comes to."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.options import Options
from bench.reading import Reading


@dataclass(frozen=True, slots=True)
class Results:
    options: Options
    machine: dict[str, str]
    readings: tuple[Reading, ...]

    def median(self, figure: str, contender: str) -> float | None:
        """Of all rounds; None where there is no reading."""
        values = [r.value for r in self.readings if (r.figure, r.contender) == (figure, contender)]
        return statistics.median(values) if values else None

    def spread(self, figure: str, contender: str) -> tuple[float, float] | None:
        """The least and the greatest of all rounds."""
        values = [r.value for r in self.readings if (r.figure, r.contender) == (figure, contender)]
        return (min(values), max(values)) if values else None

    def contenders_of(self, figures: Sequence[str]) -> list[str]:
        """Those with a reading of any of `figures`, in the order of the options."""
        there = {reading.contender for reading in self.readings if reading.figure in figures}
        return [contender.name for contender in self.options.contenders if contender.name in there]

    def as_json(self) -> str:
        """Everything, so that runs can be held against each other later."""
        options = self.options
        shown: dict[str, Any] = {
            "machine": self.machine,
            "options": {
                "rounds": options.rounds,
                "seconds": options.seconds,
                "warm_up_s": options.warm_up_s,
                "connections": options.connections,
                "parties": options.parties,
                "followers": options.followers,
                "rate": options.rate,
                "sizes": options.sizes,
            },
            "contenders": {contender.name: contender.what for contender in options.contenders},
            "medians": self._medians(),
            "readings": [[r.figure, r.contender, r.round, r.value] for r in self.readings],
        }
        return json.dumps(shown, indent=1)

    def _medians(self) -> dict[str, dict[str, float | None]]:
        medians: dict[str, dict[str, float | None]] = {}
        for reading in self.readings:
            of_figure = medians.setdefault(reading.figure, {})
            of_figure[reading.contender] = self.median(reading.figure, reading.contender)
        return medians
