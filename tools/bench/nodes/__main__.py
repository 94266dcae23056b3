"""`scripts/bench nodes`: the cost of the step from the embedded store to many nodes over one Valkey, on Linux.

Nodes and Valkey share one core, the load programs have the other. So compare CPU time for each mutation: the rates are those of
a single core for everything, except in the rows "on both cores", which share the second core with the load program.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.bench.documents import ROOT
from tools.bench.machine import move_to_load_core
from tools.bench.nodes.measure import Cost, Delay, count_valkey_calls, measure_delay, measure_mutations, pause
from tools.bench.nodes.over_valkey import over_valkey
from tools.bench.setup import Size, build_setup
from tools.bench.text_table import text_table
from tools.chaos.valkey.server import DURABLE, server_binary

MEMBERS = 4
EVERY_SECOND = {**DURABLE, "appendfsync": "everysec"}


def main() -> int:
    arguments = _read_arguments()
    if server_binary() is None:
        print("There is no Valkey: scripts/test installs one.", file=sys.stderr)
        return 1
    move_to_load_core()
    results = ROOT / "tools/bench/results"
    results.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(
        dir=results, prefix="nodes-"
    ) as folder:  # On a disk, where durable writes have their price.
        _measure(Path(folder), arguments)
    return 0


def _measure(folder: Path, arguments: argparse.Namespace) -> None:
    seconds, warm_up_s = arguments.seconds, arguments.warm_up
    setup = build_setup(folder / "world", Size(arguments.parties, MEMBERS, arguments.parties, MEMBERS))
    costs = [
        ("sqlite, 1 node", measure_mutations(setup, 1, seconds, warm_up_s)),
        ("sqlite, 1 node, on both cores", measure_mutations(setup, 1, seconds, warm_up_s, both_cores=True)),
    ]
    delays = [("sqlite, the same node", measure_delay(setup, True, arguments.rate, seconds, warm_up_s))]
    for name, settings, nodes, both_cores in (
        ("valkey, fsync always, 1 node", DURABLE, 1, False),
        ("valkey, fsync everysec, 1 node", EVERY_SECOND, 1, False),
        ("valkey, fsync always, 2 nodes", DURABLE, 2, False),
        ("valkey, fsync everysec, 2 nodes", EVERY_SECOND, 2, False),
        ("valkey, fsync everysec, 2 nodes, on both cores", EVERY_SECOND, 2, True),
    ):
        pause()
        with over_valkey(setup, folder / name.replace(" ", "-"), settings) as over:
            costs.append((name, measure_mutations(over, nodes, seconds, warm_up_s, both_cores)))
            bytes_per_party = over.bytes_per_party
    for name, settings, same_node in (
        ("valkey, fsync always, the same node", DURABLE, True),
        ("valkey, fsync always, another node", DURABLE, False),
        ("valkey, fsync everysec, another node", EVERY_SECOND, False),
    ):
        pause()
        with over_valkey(setup, folder / name.replace(" ", "-"), settings) as over:
            delays.append((name, measure_delay(over, same_node, arguments.rate, seconds, warm_up_s)))
    pause()
    with over_valkey(setup, folder / "calls", DURABLE) as over:
        calls = count_valkey_calls(over)
    _print_tables(costs, delays, arguments)
    by_command = ", ".join(f"{command} {count:.2f}" for command, count in calls.items())
    print(f"\nCalls of the Valkey for each mutation: {sum(calls.values()):.2f} ({by_command})")
    print(f"Memory of the Valkey: {bytes_per_party:,.0f} bytes for a new party of {MEMBERS}")


def _print_tables(
    costs: list[tuple[str, Cost]], delays: list[tuple[str, Delay]], arguments: argparse.Namespace
) -> None:
    size = f"{arguments.parties} parties of {MEMBERS}, {arguments.seconds} s each"
    print(f"\nMutations (setReady with a fresh key), {size}\n")
    head = ("", "mutations/s", "p50 ms", "p99 ms", "node us", "valkey us", "bytes stored")
    print(text_table(head, [(name, *_cells(cost)) for name, cost in costs]))
    print(f"\nFrom a mutation to the last of {MEMBERS} followers, {arguments.rate}/s\n")
    rows = [(name, f"{delay.p50_ms:.2f}", f"{delay.p99_ms:.2f}", f"{delay.followed_us:.0f}") for name, delay in delays]
    print(text_table(("", "p50 ms", "p99 ms", "us of the node with the followers"), rows))


def _cells(cost: Cost) -> tuple[str, ...]:
    return (
        f"{cost.rate:,.0f}",
        f"{cost.p50_ms:.1f}",
        f"{cost.p99_ms:.1f}",
        f"{cost.node_us:.0f}",
        f"{cost.valkey_us:.0f}" if cost.valkey_us else "",
        f"{cost.stored_bytes:.0f}" if cost.stored_bytes else "",
    )


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench nodes", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parties", type=int, default=500)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--warm-up", type=int, default=2, metavar="SECONDS")
    parser.add_argument("--rate", type=int, default=200, help="mutations per second while delays are measured")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
