"""`scripts/bench nodes`: what the step from the embedded store to many nodes over one Valkey costs, on Linux.

Nodes and Valkey have one core to themselves together, what drives them the other: so CPU for each mutation is what to go by, and
rates are those of one core for everything.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.cores import go_to_load_core
from bench.documents import ROOT
from bench.fill import Size
from bench.nodes.across import across
from bench.nodes.calls import calls
from bench.nodes.mutations import Cost, mutations, pause
from bench.nodes.over_valkey import over_valkey
from bench.report.text_table import text_table
from bench.stage import staged
from chaos.valkey.binary import server_binary
from chaos.valkey.server import DURABLE

MEMBERS = 4
EVERY_SECOND = {**DURABLE, "appendfsync": "everysec"}


def main() -> int:
    asked = _asked()
    if server_binary() is None:
        print("There is no Valkey: scripts/test installs one.", file=sys.stderr)
        return 1
    go_to_load_core()
    results = ROOT / "bench/results"
    results.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=results, prefix="nodes-") as folder:  # where what is durable has its price
        _measure(Path(folder), asked)
    return 0


def _measure(folder: Path, asked: argparse.Namespace) -> None:
    size = Size(asked.parties, MEMBERS, asked.parties, MEMBERS)
    stage = staged(folder / "world", size)
    rows = [("sqlite, 1 node", mutations(stage, 1, asked.seconds, asked.warm_up))]
    waits = [("sqlite, the same node", across(stage, True, asked.rate, asked.seconds, asked.warm_up))]
    for name, settings, nodes in (
        ("valkey, fsync always, 1 node", DURABLE, 1),
        ("valkey, fsync everysec, 1 node", EVERY_SECOND, 1),
        ("valkey, fsync always, 2 nodes", DURABLE, 2),
        ("valkey, fsync everysec, 2 nodes", EVERY_SECOND, 2),
    ):
        pause()
        with over_valkey(stage, folder / name.replace(" ", "-"), settings) as over:
            rows.append((name, mutations(over, nodes, asked.seconds, asked.warm_up)))
            bytes_per_party = over.bytes_per_party
    for name, same in (("valkey, the same node", True), ("valkey, another node", False)):
        pause()
        with over_valkey(stage, folder / name.replace(" ", "-"), DURABLE) as over:
            waits.append((name, across(over, same, asked.rate, asked.seconds, asked.warm_up)))
    pause()
    with over_valkey(stage, folder / "calls", DURABLE) as over:
        asks = calls(over)
    _tell(rows, waits, asked)
    said = ", ".join(f"{command} {count:.2f}" for command, count in asks.items())
    print(f"\nCalls of the Valkey for each mutation: {sum(asks.values()):.2f} ({said})")
    print(f"Memory of the Valkey: {bytes_per_party:,.0f} bytes for a party of {MEMBERS} as it was founded")


def _tell(
    rows: list[tuple[str, Cost]],
    waits: list[tuple[str, tuple[float, float]]],
    asked: argparse.Namespace,
) -> None:
    print(f"\nMutations (setReady with a fresh key), {asked.parties} parties of {MEMBERS}, {asked.seconds} s each\n")
    head = ("", "mutations/s", "p50 ms", "p99 ms", "node us", "valkey us", "bytes kept")
    print(text_table(head, [(name, *_shown(cost)) for name, cost in rows]))
    print(f"\nFrom a mutation to the last of {MEMBERS} followers, {asked.rate}/s\n")
    print(text_table(("", "p50 ms", "p99 ms"), [(name, f"{p50:.2f}", f"{p99:.2f}") for name, (p50, p99) in waits]))


def _shown(cost: Cost) -> tuple[str, ...]:
    return (
        f"{cost.rate:,.0f}",
        f"{cost.p50_ms:.1f}",
        f"{cost.p99_ms:.1f}",
        f"{cost.node_us:.0f}",
        f"{cost.valkey_us:.0f}" if cost.valkey_us else "",
        f"{cost.kept_bytes:.0f}" if cost.kept_bytes else "",
    )


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench nodes", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parties", type=int, default=500)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--warm-up", type=int, default=2, metavar="SECONDS")
    parser.add_argument("--rate", type=int, default=50, help="mutations a second while delays are measured")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
