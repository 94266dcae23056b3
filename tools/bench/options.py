"""The command line of the benchmark: which rows, which servers, and for how long."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tools.bench.contenders import ALL, LOBBY, RIVALS, VARIANTS, Contender, lobby_contender
from tools.bench.documents import ROOT
from tools.bench.machine import commit_of

ROWS = (
    "party",
    "untrusted",
    "mutation",
    "rooms",
    "list",
    "fanout",
    "idle",
    "latency",
    "matchmaking",
    "sizes",
    "restart",
)
OTHER = "other"
"""The name of the server from another checkout."""
ROUNDS_MAX = 50
SLICES_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Options:
    """`rate`, `room_rate` and `list_rate`: mutations per second over all parties of the row latency, rooms and list.
    `rooms_few` and `rooms_many`: parties of the row rooms. `watchers`: of the row list.
    `searching`: parties of the row matchmaking. `sizes`: numbers of parties in the store. `connections`: of wrk.
    `slices`: how often two servers of this program are compared with each other, for each row over HTTP.
    """

    rows: tuple[str, ...] = ROWS
    contenders: tuple[Contender, ...] = ALL
    rounds: int = 3
    seconds: int = 5
    warm_up_s: int = 3
    connections: int = 32
    slices: int = 20
    parties: int = 500
    followers: int = 500
    rate: int = 200
    rooms_few: int = 60
    rooms_many: int = 500
    room_rate: int = 300
    watchers: int = 1_000
    list_rate: int = 50
    searching: int = 4_000
    sizes: tuple[int, ...] = (100, 10_000, 100_000)
    results: Path = ROOT / "tools/bench/results"

    @property
    def variants(self) -> tuple[Contender, ...]:
        """The servers that are this one except for a small difference: another commit, or one without metrics."""
        return tuple(each for each in self.contenders if each.name == OTHER or each in VARIANTS)


def shorten(options: Options) -> Options:
    """Options for a run that only shows that everything works. It is too short for meaningful figures."""
    short = replace(options, rounds=1, seconds=1, warm_up_s=0, connections=4, slices=1)
    short = replace(short, rooms_few=4, rooms_many=8, room_rate=40, watchers=40)
    return replace(short, parties=24, searching=40, followers=16, rate=40, sizes=(24, 48))


def read_options(arguments: Sequence[str] | None = None) -> Options:
    """Parse the command line. An invalid argument ends the process with a line that names it."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--only", type=_names(ROWS), default=ROWS, metavar="ROWS", help=", ".join(ROWS))
    rivals = tuple(rival.name for rival in (*RIVALS, *VARIANTS))
    parser.add_argument(
        "--rivals",
        type=_names(rivals),
        metavar="NAMES",
        help=f"{', '.join(rivals)}; default: all but "
        f"{', '.join(variant.name for variant in VARIANTS)}, or none with --other",
    )
    parser.add_argument(
        "--other",
        type=_checkout,
        metavar="FOLDER",
        help="a checkout of another commit, measured in turn with this one and compared figure by figure",
    )
    parser.add_argument("--rounds", type=_count, default=3)
    parser.add_argument("--seconds", type=_count, default=5, help="of measuring, for each figure in each round")
    parser.add_argument(
        "--slices", type=_count, default=20, help="pairs of slices with --other, and with metrics and traces"
    )
    parser.add_argument("--rate", type=_count, default=200, help="mutations per second in the latency row")
    parser.add_argument("--watchers", type=_count, default=Options().watchers, help="in the list row; default 1000")
    parser.add_argument(
        "--list-rate", type=_count, default=Options().list_rate, help="mutations per second in the list row"
    )
    parser.add_argument(
        "--sizes", type=_counts, default=Options().sizes, metavar="PARTIES", help="default 100,10000,100000"
    )
    parser.add_argument("--quick", action="store_true", help="a short run that only shows that everything works")
    parser.add_argument("--results", type=Path, default=Options().results, help="the folder for JSON and chart")
    parsed = parser.parse_args(arguments)
    options = Options(
        rows=parsed.only,
        contenders=_select_contenders(parsed.other, parsed.rivals),
        rounds=min(parsed.rounds, ROUNDS_MAX),
        seconds=parsed.seconds,
        slices=min(parsed.slices, SLICES_MAX),
        rate=parsed.rate,
        watchers=parsed.watchers,
        list_rate=parsed.list_rate,
        sizes=parsed.sizes,
        results=parsed.results,
    )
    return shorten(options) if parsed.quick else options


def _select_contenders(other: Path | None, rivals: tuple[str, ...] | None) -> tuple[Contender, ...]:
    """This server first, then the other checkout, then the rivals."""
    if other is None:
        return (LOBBY, *(RIVALS if rivals is None else _named(rivals)))
    described = f"the server of commit {commit_of(other)} in {other}"
    return (
        LOBBY,
        lobby_contender(OTHER, described, other),
        *_named(rivals or ()),
    )


def _named(names: Sequence[str]) -> Iterator[Contender]:
    return (rival for rival in (*RIVALS, *VARIANTS) if rival.name in names)


def _checkout(text: str) -> Path:
    folder = Path(text).resolve()
    for name in ("server.py", "client_queries"):
        if not (folder / name).exists():
            raise argparse.ArgumentTypeError(f"{text} has no {name}: it is not a checkout of the lobby server")
    return folder


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
