"""The command line: `python -m tools.fuzz --seconds 600`, or `--seed 7` to repeat one round."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time

from tools.attack.target import error_log_lines, start_own_server
from tools.fuzz.run import ROUNDS, Progress, Server, new_seeds

EXAMPLES = 50
"""In a round: for each place of a text, for each field of the schema, and of conversations."""
PROGRESS_EVERY_S = 2.0
LOG_LINES_MAX = 10
"""The number of lines of the log of the server that are printed."""


def main() -> int:
    """The exit code: 0 if every answer was as it should be, and the server logged no error."""
    parser = argparse.ArgumentParser(prog="fuzz", description="Generated requests, texts and conversations.")
    parser.add_argument("--seconds", type=float, default=60.0, help="no round begins after that")
    parser.add_argument("--seed", type=int, help="one round with this seed, which a failure printed")
    parser.add_argument("--only", choices=sorted(ROUNDS), help="rounds of this kind only")
    return asyncio.run(_run(parser.parse_args()))


async def _run(options: argparse.Namespace) -> int:
    progress = Progress()
    async with start_own_server(rate_limits="off", countdown_s=0) as target:
        reporting = asyncio.create_task(_report(progress))
        try:
            server = await asyncio.to_thread(Server.at, target.host, target.port, progress=progress)
            failures = await asyncio.to_thread(_run_rounds, server, options)
        finally:
            reporting.cancel()
        lines = error_log_lines(target)
    for line in lines[:LOG_LINES_MAX]:
        print(f"in the server's log: {line}", flush=True)
    return 1 if failures or lines else 0


def _run_rounds(server: Server, options: argparse.Namespace) -> int:
    """The number of rounds that failed. Each failure is printed with its seed."""
    failures = 0
    until_s = time.monotonic() + options.seconds
    rounds = {name: run for name, run in ROUNDS.items() if options.only in (None, name)}
    for number in [options.seed] if options.seed is not None else new_seeds():
        for name, run in rounds.items():
            server.progress.phase = f"seed {number}, {name}"
            try:
                run(server, EXAMPLES, number)
            except Exception as error:
                failures += 1
                print(f"{name}, --seed {number}: {error}", flush=True)
        print(f"the rounds with seed {number} are done, {failures} failures so far", flush=True)
        if time.monotonic() > until_s:
            break
    return failures


async def _report(progress: Progress) -> None:
    """Print a line every `PROGRESS_EVERY_S`, until cancelled."""
    while True:
        await asyncio.sleep(PROGRESS_EVERY_S)
        print(f"{progress.phase}: {progress.requests} requests, {progress.conversations} conversations", flush=True)


if __name__ == "__main__":
    sys.exit(main())
