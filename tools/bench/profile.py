"""Shows in which functions the server spends its time under load: `scripts/profile --help`."""

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

from tools.bench.contenders import LOBBY, SERVERS
from tools.bench.load.socket_loop import SocketLoop
from tools.bench.load.wrk import run_wrk
from tools.bench.machine import move_to_load_core
from tools.bench.rows.fanout import FanOut, run_fanout
from tools.bench.rows.http import ROWS
from tools.bench.rows.rooms import members_talk
from tools.bench.rows.steady_load import SteadyLoad
from tools.bench.servers.sampled import STACKS
from tools.bench.serving import RunningServer, start_server
from tools.bench.setup import Setup, Size, build_setup
from tools.bench.text_table import text_table

SAMPLED = replace(LOBBY, program=SERVERS / "sampled.py")
PARTIES, MEMBERS, FOLLOWERS, CONNECTIONS = 100, 8, 500, 32
ROOMS, ROOM_RATE = 60, 300
LINES = 30
WARM_UP_S = 2
"""Shows the server all tokens, since real players stay connected."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0."""
    parser = argparse.ArgumentParser(prog="scripts/profile", description=__doc__)
    parser.add_argument("row", choices=(*ROWS, "fanout", "rooms"))
    parser.add_argument("--seconds", type=int, default=5)
    parsed = parser.parse_args(arguments)
    move_to_load_core()
    STACKS.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=STACKS.parent, prefix="run-") as folder:
        setup = build_setup(Path(folder) / "eight", Size(PARTIES, MEMBERS, PARTIES, MEMBERS))
        with start_server(SAMPLED, setup) as server:
            _send_requests(server, setup, "party", WARM_UP_S)
            _load(server, setup, parsed.row, parsed.seconds)
    print(_summarize(STACKS.read_text(encoding="utf-8")))
    print(f"\nThe stacks, for a flame graph: {STACKS}")
    return 0


def _load(server: RunningServer, setup: Setup, row: str, seconds: int) -> None:
    """Begin to sample, and send the load of a row."""
    if row == "rooms":
        with SocketLoop() as loop:
            load = SteadyLoad(server, setup.world.parties[:ROOMS], loop, ROOM_RATE, members_talk)
            with load.followed(), load.connected():
                load.send(WARM_UP_S)
                server.signal(signal.SIGUSR2)
                load.send(seconds)
        return
    server.signal(signal.SIGUSR2)
    if row == "fanout":
        party = setup.world.parties[0]
        with SocketLoop() as loop:
            run_fanout(FanOut(server, party, loop, FOLLOWERS, itertools.cycle((True, False))), seconds)
    else:
        _send_requests(server, setup, row, seconds)


def _send_requests(server: RunningServer, setup: Setup, row: str, seconds: int) -> None:
    run_wrk(server.port, "/graphql", ROWS[row](SAMPLED, setup.world.parties), seconds, CONNECTIONS)


def _summarize(stacks: str) -> str:
    """The functions at the top of most stacks, and those that are in most stacks, in percent of the time."""
    own, total = Counter[str](), Counter[str]()
    for line in stacks.splitlines():
        stack, _, count = line.rpartition(" ")
        functions = stack.split(";")
        own[functions[-1]] += int(count)
        total.update(dict.fromkeys(functions, int(count)))
    parts = (("in the function itself", own), ("in it and the functions that it calls", total))
    return "\n\n".join(_table(heading, counts, own.total()) for heading, counts in parts)


def _table(heading: str, counts: Counter[str], samples: int) -> str:
    rows = [[name, f"{100 * count / max(1, samples):.1f}"] for name, count in counts.most_common(LINES)]
    return text_table([f"% of the time, {heading}", "%"], rows)


if __name__ == "__main__":
    sys.exit(main())
