"""The command line: `python -m fuzz --seconds 600`, or `--seed 7` for one round again."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time

from attack.own_server import own_server, trouble
from attack.target import Target
from fuzz.run import ROUNDS, Server, numbers

EXAMPLES = 50
"""Of each kind, and of each field of the schema, in a round."""


def main() -> int:
    """0 when everything was answered as it should be."""
    parser = argparse.ArgumentParser(prog="fuzz", description="Generated requests, texts and conversations.")
    parser.add_argument("--seconds", type=float, default=60.0, help="rounds begin until then")
    parser.add_argument("--seed", type=int, help="one round with this seed, as a failure told it")
    parser.add_argument("--only", choices=sorted(ROUNDS), help="one kind")
    asked = parser.parse_args()
    return asyncio.run(_run(asked))


async def _run(asked: argparse.Namespace) -> int:
    async with own_server(rate_limits="off", countdown_s=0) as target:
        found = await asyncio.to_thread(_rounds, target, asked)
        lines = trouble(target)
    for line in lines[:10]:
        print(f"in the server's log: {line}", flush=True)
    return 1 if found or lines else 0


def _rounds(target: Target, asked: argparse.Namespace) -> int:
    """How many rounds failed; each is told of with its seed."""
    server, failed = Server.at(target.host, target.port), 0
    until_s = time.monotonic() + asked.seconds
    kinds = {name: run for name, run in ROUNDS.items() if asked.only in (None, name)}
    for number in [asked.seed] if asked.seed is not None else numbers():
        for name, run in kinds.items():
            try:
                run(server, EXAMPLES, number)
            except Exception as error:
                failed += 1
                print(f"{name}, --seed {number}: {error}", flush=True)
        print(f"a round with seed {number}, {failed} failed", flush=True)
        if time.monotonic() > until_s:
            break
    return failed


if __name__ == "__main__":
    sys.exit(main())
