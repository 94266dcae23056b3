"""The command line: `python -m tools.chaos --seconds 60 --seed 7`."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from tools.chaos.checks.judge import Verdict
from tools.chaos.deployments import VALKEY, VALKEY_CLUSTER
from tools.chaos.plan import (
    ACTIONS_PER_S,
    CALLS,
    CLOCK,
    DEFAULT_FAULTS,
    FAULTS,
    KILL_EVERY_S,
    MAINTENANCE,
    PARTIES,
    PLAYERS,
    RESTORE,
    SECONDS,
    SEED,
    SKEW,
    SOAK_FAULTS,
    SOAK_FAULTS_OF_NODES,
    SOAK_S,
    STORE_FAULT_EVERY_S,
    Plan,
)
from tools.chaos.report import report_progress, summary_lines, write_line, write_violations
from tools.chaos.run import Run
from tools.chaos.servers.clock import MISSING, find_library

STORE_HELP = """
    by default an SQLite file of this run; `valkey` or `valkey-cluster` for a Valkey of this run, which several nodes can share;
    or a URL as LOBBY_STORE takes it
"""


def main() -> int:
    """The exit code: 0 if there was no violation."""
    options = parse_arguments(sys.argv[1:])
    folder = options.folder or Path(tempfile.mkdtemp(prefix="chaos-"))
    plan = Plan(
        folder=folder,
        seconds=options.seconds if options.seconds is not None else SOAK_S if options.soak else SECONDS,
        seed=options.seed,
        players=options.players,
        parties=options.parties,
        nodes=options.nodes,
        store=options.store,
        actions_per_s=options.actions,
        kill_every_s=options.kill_every,
        store_fault_every_s=options.store_fault_every,
        faults=_available(_faults(options)),
    )
    write_line(f"seed {plan.seed}, files in {folder}")
    run = Run(plan)
    verdict = asyncio.run(_run(run))
    for line in summary_lines(run, verdict):
        write_line(line)
    if verdict.violations:
        write_violations(plan, verdict)
        return 1
    if options.folder is None:
        shutil.rmtree(folder)
    return 0


async def _run(run: Run) -> Verdict:
    progress = asyncio.create_task(report_progress(run))
    try:
        return await run.execute()
    finally:
        progress.cancel()


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="chaos",
        description="Random players, a bad network and servers that are killed; then a check that nothing was lost.",
    )
    parser.add_argument(
        "--seconds", type=float, help=f"the time with faults, {SECONDS:g} by default; the end takes some more"
    )
    parser.add_argument("--soak", action="store_true", help=f"{SOAK_S:g} s with all faults that the store can have")
    parser.add_argument("--faults", type=_read_faults, metavar="KIND,...", help=f"any of {', '.join(FAULTS)}")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--players", type=int, default=PLAYERS)
    parser.add_argument("--parties", type=int, default=PARTIES, help="players create new ones up to this number")
    parser.add_argument("--actions", type=float, default=ACTIONS_PER_S, help="of one player in a second, at most")
    parser.add_argument(
        "--kill-every",
        type=float,
        default=KILL_EVERY_S,
        metavar="SECONDS",
        help="the mean time between faults of servers, of all kinds",
    )
    parser.add_argument(
        "--store-fault-every",
        type=float,
        default=STORE_FAULT_EVERY_S,
        metavar="SECONDS",
        help="faults of Valkey and of the connections to it",
    )
    parser.add_argument("--nodes", type=int, default=1, help="servers over one store, for stores that allow it")
    parser.add_argument("--store", help=STORE_HELP)
    parser.add_argument(
        "--folder",
        type=Path,
        help="for logs and store, always kept; by default one that is kept only after a violation",
    )
    options = parser.parse_args(arguments)
    faults = _faults(options)
    if RESTORE in faults and options.store is not None:
        parser.error("--faults restore: only the file of a run can be restored, so leave --store out")
    if CALLS in faults and options.store not in (VALKEY, VALKEY_CLUSTER):
        parser.error(f"--faults calls: needs --store {VALKEY} or {VALKEY_CLUSTER}")
    if MAINTENANCE in faults and faults & {CLOCK, SKEW, RESTORE}:
        parser.error(
            f"--faults maintenance: goes by the clock of the servers, so leave {CLOCK}, {SKEW} and {RESTORE} out"
        )
    return options


def _read_faults(text: str) -> frozenset[str]:
    kinds = frozenset(text.split(","))
    unknown = sorted(kinds - set(FAULTS))
    if unknown:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: choose of {', '.join(FAULTS)}")
    return kinds


def _faults(options: argparse.Namespace) -> frozenset[str]:
    if options.faults is not None:
        faults: frozenset[str] = options.faults
        return faults
    if options.soak:
        return SOAK_FAULTS if options.store is None else SOAK_FAULTS_OF_NODES
    return DEFAULT_FAULTS


def _available(faults: frozenset[str]) -> frozenset[str]:
    """`faults` without those that this machine lacks a tool for, with one line about them."""
    if faults & {CLOCK, SKEW} and find_library() is None:
        write_line(MISSING)
        return faults - {CLOCK, SKEW}
    return faults


if __name__ == "__main__":
    sys.exit(main())
