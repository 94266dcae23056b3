"""Where the server's time goes under load: `scripts/profile --help`."""

from __future__ import annotations

import argparse
import itertools
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.contenders import LOBBY, SERVERS
from bench.cores import go_to_load_core
from bench.fill import Size
from bench.load.loop import Loop
from bench.load.wrk import load
from bench.report.text_table import text_table
from bench.rows.fanout import Following, play
from bench.rows.http import ROWS
from bench.servers.sampled import FOLDED
from bench.serving import Served, served
from bench.stage import Stage, staged

SAMPLED = replace(LOBBY, program=SERVERS / "sampled.py")
PARTIES, MEMBERS, FOLLOWERS, CONNECTIONS = 100, 8, 500, 32
LINES = 30
WARM_UP_S = 2
"""So that tokens are known, as those of players who stay are."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0."""
    parser = argparse.ArgumentParser(prog="scripts/profile", description=__doc__)
    parser.add_argument("row", choices=(*ROWS, "fanout"))
    parser.add_argument("--seconds", type=int, default=5)
    asked = parser.parse_args(arguments)
    go_to_load_core()
    FOLDED.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=FOLDED.parent, prefix="run-") as folder:
        stage = staged(Path(folder) / "eight", Size(PARTIES, MEMBERS, PARTIES, MEMBERS))
        with served(SAMPLED, stage) as server:
            _load(server, stage, "party", WARM_UP_S)
            server.signal(signal.SIGUSR1)
            _drive(server, stage, asked.row, asked.seconds)
    print(_told(FOLDED.read_text(encoding="utf-8")))
    print(f"\nThe stacks, for a flame graph: {FOLDED}")
    return 0


def _drive(server: Served, stage: Stage, row: str, seconds: int) -> None:
    if row == "fanout":
        with Loop() as loop:
            play(Following(server, stage.world.parties[0], loop, FOLLOWERS, itertools.cycle((True, False))), seconds)
    else:
        _load(server, stage, row, seconds)


def _load(server: Served, stage: Stage, row: str, seconds: int) -> None:
    load(server.port, "/graphql", ROWS[row](SAMPLED, stage.world.parties), seconds, CONNECTIONS)


def _told(folded: str) -> str:
    """The functions that most stacks end in, and those that most of them go through, in percent."""
    own, within = Counter[str](), Counter[str]()
    for line in folded.splitlines():
        stack, _, seen = line.rpartition(" ")
        functions = stack.split(";")
        own[functions[-1]] += int(seen)
        within.update(dict.fromkeys(functions, int(seen)))
    parts = (("in the function itself", own), ("in it and what it calls", within))
    return "\n\n".join(_table(heading, counts, own.total()) for heading, counts in parts)


def _table(heading: str, counts: Counter[str], total: int) -> str:
    rows = [[name, f"{100 * seen / max(1, total):.1f}"] for name, seen in counts.most_common(LINES)]
    return text_table([f"% of the time, {heading}", "%"], rows)


if __name__ == "__main__":
    sys.exit(main())
