"""The command line: `python -m chaos --seconds 60 --seed 7`."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from chaos.checks.judge import Verdict
from chaos.plan import ACTS_PER_S, KILL_EVERY_S, MISHAP_EVERY_S, PARTIES, PLAYERS, SECONDS, SEED, Plan
from chaos.report import figures_in_words, say, tell_progress, write_violations
from chaos.run import Run

STORE_HELP = """
    by default an SQLite file of this run's own; `valkey` or `valkey-cluster`: one of this run's own, for which there may be
    several nodes; or a URL as LOBBY_STORE takes it
"""


def main() -> int:
    """The exit code: 0 when nothing was lost, and nothing else was wrong."""
    asked = _asked(sys.argv[1:])
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="chaos-"))
    plan = Plan(
        folder=folder,
        seconds=asked.seconds,
        seed=asked.seed,
        players=asked.players,
        parties=asked.parties,
        nodes=asked.nodes,
        store=asked.store,
        acts_per_s=asked.acts,
        kill_every_s=asked.kill_every,
        mishap_every_s=asked.mishap_every,
    )
    say(f"seed {plan.seed}, files in {folder}")
    run = Run(plan)
    verdict = asyncio.run(_played(run))
    for line in figures_in_words(run, verdict):
        say(line)
    if verdict.violations:
        write_violations(plan, verdict)
        return 1
    if asked.folder is None:
        shutil.rmtree(folder)
    return 0


async def _played(run: Run) -> Verdict:
    telling = asyncio.create_task(tell_progress(run.figures))
    try:
        return await run.play()
    finally:
        telling.cancel()


def _asked(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="chaos",
        description="Players at random, a bad network, servers that are killed; then a check that nothing was lost.",
    )
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of chaos; the end takes some more")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--players", type=int, default=PLAYERS)
    parser.add_argument("--parties", type=int, default=PARTIES, help="that players wish for at once")
    parser.add_argument("--acts", type=float, default=ACTS_PER_S, help="of one player in a second, at most")
    parser.add_argument("--kill-every", type=float, default=KILL_EVERY_S, metavar="SECONDS")
    parser.add_argument(
        "--mishap-every", type=float, default=MISHAP_EVERY_S, metavar="SECONDS", help="of Valkey and the ways to it"
    )
    parser.add_argument("--nodes", type=int, default=1, help="servers over one store, for stores that allow it")
    parser.add_argument("--store", help=STORE_HELP)
    parser.add_argument(
        "--folder", type=Path, help="for logs and store, kept; by default kept only if something is wrong"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
