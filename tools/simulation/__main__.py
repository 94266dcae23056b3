"""The command line: `python -m tools.simulation --players 2000 --seconds 180 --seed 1`."""

from __future__ import annotations

import argparse
import asyncio
import re
import shutil
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

from tools.chaos.violation import Violation
from tools.simulation.run import PAUSE_S, Plan, Simulation
from tools.simulation.verdict import Verdict

PROGRESS_EVERY_S = 5.0
PRINTED_MAX = 40
_IDS_AND_NUMBERS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16}|\d+")


def main() -> int:
    """The exit code: 0 if nothing is wrong, 1 after a violation, 2 if the machine was too slow for a verdict."""
    options = _parse(sys.argv[1:])
    folder = options.folder or Path(tempfile.mkdtemp(prefix="simulation-"))
    plan = Plan(
        folder,
        options.players,
        options.seconds,
        options.seed,
        options.store,
        options.nodes,
        options.pause,
        options.kill_every,
    )
    _write(f"seed {plan.seed}, files in {folder}")
    simulation = Simulation(plan)
    verdict = asyncio.run(_execute(simulation))
    _report(simulation, verdict)
    if verdict.counted:
        return 1
    if not verdict.is_known:
        return 2
    if options.folder is None:
        shutil.rmtree(folder)
    return 0


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="simulation", description="Thousands of players who look for each other.")
    parser.add_argument("--players", type=int, default=2_000)
    parser.add_argument(
        "--seconds", type=float, default=180.0, help="the time in which players act; the end takes more"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--store", help="by default an SQLite file; `valkey` or `valkey-cluster` for a Valkey of this run"
    )
    parser.add_argument("--nodes", type=int, default=1, help="servers over one Valkey")
    parser.add_argument("--pause", type=float, default=PAUSE_S, help="mean seconds between two actions of a player")
    parser.add_argument("--kill-every", type=float, help="mean seconds between two kills of a server; none by default")
    parser.add_argument("--folder", type=Path, help="for logs and store; by default one that is kept after a violation")
    return parser.parse_args(arguments)


async def _execute(simulation: Simulation) -> Verdict:
    progress = asyncio.create_task(_report_progress(simulation))
    try:
        return await simulation.execute()
    finally:
        progress.cancel()


async def _report_progress(simulation: Simulation) -> None:
    began_at = time.monotonic()
    while True:
        await asyncio.sleep(PROGRESS_EVERY_S)
        records = simulation.records
        frames = sum(map(len, records.inboxes.values()))
        _write(
            f"{time.monotonic() - began_at:5.0f} s  {simulation.phase}: {records.actions.total()} acts, "
            f"{frames} frames of inboxes, {records.actions['lost connection']} lost connections, {records.kills} kills"
        )


def _report(simulation: Simulation, verdict: Verdict) -> None:
    records = simulation.records
    for name, count in sorted(records.actions.items()):
        _write(f"{count:7}  {name}")
    for state, count in sorted(records.search_ends.items()):
        _write(f"{count:7}  searches ended {state}")
    for state, count in sorted(Counter(cancel.state for cancel in records.cancels).items()):
        _write(f"{count:7}  cancelSearch answered {state}")
    _write(f"{records.kills:7}  kills of a server")
    _write(f"pace: {simulation.pace}; CPU of the players {time.process_time():.0f} s")
    _write(f"{len(verdict.counted)} violations")
    _report_violations(verdict.counted)
    if not verdict.is_known:
        _write(f"no verdict: {len(verdict.late)} things came late, and the machine was too slow for this run:")
        for reason in verdict.too_slow:
            _write(f"- {reason}")
        _report_violations(verdict.late)
    elif verdict.too_slow:
        _write(f"the machine was slow, and nothing came late for it: {'; '.join(verdict.too_slow)}")


def _report_violations(violations: Sequence[Violation]) -> None:
    """Those that differ only in ids and numbers are counted together, with one of them as an example."""
    alike: defaultdict[str, list[Violation]] = defaultdict(list)
    for violation in violations:
        alike[_IDS_AND_NUMBERS.sub("", str(violation))].append(violation)
    for some in list(alike.values())[:PRINTED_MAX]:
        _write(f"{len(some):7}  {some[0]}")


def _write(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
