"""The command line: `python -m tools.attack`, with `--url http://127.0.0.1:8000` for a running server."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from tools.attack.attacks import ALL
from tools.attack.cores import confine_clients
from tools.attack.report import print_head, print_line, print_result, print_summary, write
from tools.attack.run import run_attacks
from tools.attack.target import Target, error_log_lines, start_own_server

GROWTH_MIB_MAX = 200
"""The server's memory may grow by this much over all attacks: it fills its bounded caches of documents and plans."""
DESCRIPTORS_MAX = 20
"""The number of open files that the server may have more at the end than at the start."""
SETTLE_S = 2.0


def main() -> int:
    """The exit code: 0 without a crash, a leak, a response that took over a second, or an attack that slowed clients down."""
    arguments = read_arguments(sys.argv[1:])
    if arguments.list:
        for attack in ALL:
            print_line(f"{attack.name}: {attack.sends}")
        return 0
    return asyncio.run(_run(arguments))


async def _run(arguments: argparse.Namespace) -> int:
    async with AsyncExitStack() as stack:
        confine_clients()
        target = Target.at(arguments.url) if arguments.url else await stack.enter_async_context(start_own_server())
        if not target.is_loopback and not arguments.i_may_attack_it:
            print_line("The server is not on this machine. If you may attack it, add --i-may-attack-it.")
            return 2
        memory, descriptors = target.memory_kib(), target.descriptors()
        print_head()
        results = await run_attacks(target, arguments.seconds, arguments.most, arguments.only, print_result)
        await asyncio.sleep(SETTLE_S)
        faults = _find_leaks(target, memory, descriptors)
        print_summary(results, faults, (memory, target.memory_kib()))
        if arguments.json:
            write(arguments.json, results, faults)
        return 1 if faults or any(each.outcome.faults or each.is_slowed for each in results) else 0


def _find_leaks(target: Target, memory_kib: int | None, descriptors: int | None) -> list[str]:
    """Faults of a server of our own after all attacks."""
    faults = [f"in the server's log: {line}" for line in error_log_lines(target)[:10]]
    now_kib, now_open = target.memory_kib(), target.descriptors()
    if target.pid is not None and now_kib is None:
        return [*faults, "the server is gone"]
    if memory_kib is not None and now_kib is not None and now_kib - memory_kib > GROWTH_MIB_MAX * 1024:
        faults.append(f"the server has grown by {(now_kib - memory_kib) // 1024} MiB")
    if descriptors is not None and now_open is not None and now_open > descriptors + DESCRIPTORS_MAX:
        faults.append(f"the server has {now_open - descriptors} more files open than at the start")
    return faults


def read_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """Ends the process with the usage if the arguments are wrong."""
    parser = argparse.ArgumentParser(
        prog="attack", description="Attacks on a lobby server, and how a good client fares meanwhile."
    )
    parser.add_argument("--url", help="a server that runs; by default one is started for it")
    parser.add_argument(
        "--seconds", type=float, default=4.0, help="of each attack, and of looking at good clients between two"
    )
    parser.add_argument("--most", type=int, default=2_000, help="connections of one attack")
    parser.add_argument("--only", action="append", default=[], metavar="WORD", help="attacks with this in their name")
    parser.add_argument("--json", type=Path, help="a file for all of it")
    parser.add_argument("--list", action="store_true", help="what there is")
    parser.add_argument("--i-may-attack-it", action="store_true", help="for a server that is not on this machine")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
