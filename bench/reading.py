"""One figure, read once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """`figure` is a key of `bench.figures`; rounds count from 1."""

    figure: str
    contender: str
    round: int
    value: float
