"""What is measured, against whom, and for how long."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.contenders import ALL, LOBBY, RIVALS, Contender
from bench.documents import ROOT

ROWS = ("party", "untrusted", "mutation", "fanout", "idle", "latency", "sizes", "restart")
ROUNDS_MAX = 50


@dataclass(frozen=True, slots=True)
class Options:
    """`rate` is mutations a second, over all `parties`; `sizes` are parties in the store; `connections` are wrk's."""

    rows: tuple[str, ...] = ROWS
    contenders: tuple[Contender, ...] = ALL
    rounds: int = 3
    seconds: int = 5
    warm_up_s: int = 3
    connections: int = 32
    parties: int = 500
    followers: int = 500
    rate: int = 200
    sizes: tuple[int, ...] = (100, 10_000, 100_000)
    results: Path = ROOT / "bench/results"


def quick(options: Options) -> Options:
    """Too short for its figures to mean anything: it shows that the benchmark runs."""
    short = replace(options, rounds=1, seconds=1, warm_up_s=0, connections=4)
    return replace(short, parties=24, followers=16, rate=40, sizes=(24, 48))


def read_options(arguments: Sequence[str] | None = None) -> Options:
    """From the command line; ends the process with a line about what is wrong with it."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--only", type=_names(ROWS), default=ROWS, metavar="ROWS", help=", ".join(ROWS))
    rivals = tuple(rival.name for rival in RIVALS)
    parser.add_argument("--rivals", type=_names(rivals), default=rivals, metavar="NAMES", help=", ".join(rivals))
    parser.add_argument("--rounds", type=_count, default=3)
    parser.add_argument("--seconds", type=_count, default=5, help="that each figure is measured for in each round")
    parser.add_argument("--rate", type=_count, default=200, help="mutations a second in the latency row")
    parser.add_argument(
        "--sizes", type=_counts, default=Options().sizes, metavar="PARTIES", help="default 100,10000,100000"
    )
    parser.add_argument("--quick", action="store_true", help="a run that only shows that everything works")
    parser.add_argument("--results", type=Path, default=Options().results, help="the folder for JSON and chart")
    asked = parser.parse_args(arguments)
    options = Options(
        rows=asked.only,
        contenders=(LOBBY, *(rival for rival in RIVALS if rival.name in asked.rivals)),
        rounds=min(asked.rounds, ROUNDS_MAX),
        seconds=asked.seconds,
        rate=asked.rate,
        sizes=asked.sizes,
        results=asked.results,
    )
    return quick(options) if asked.quick else options


def _names(known: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    def read(text: str) -> tuple[str, ...]:
        names = tuple(name.strip() for name in text.split(",") if name.strip())
        unknown = [name for name in names if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(known)}")
        return names

    return read


def _counts(text: str) -> tuple[int, ...]:
    return tuple(_count(part.strip()) for part in text.split(","))


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a whole number from 1, not {text!r}")
    return int(text)
