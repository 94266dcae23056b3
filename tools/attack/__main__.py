"""The command line: `python -m attack`, or `--url http://127.0.0.1:8000` for a server that runs."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from attack.attacks import ALL
from attack.cores import confine_clients
from attack.own_server import own_server, trouble
from attack.report import say, tell, tell_end, tell_head, write
from attack.run import attempted
from attack.target import Target

GROWTH_MIB_MAX = 200
"""What a server may have grown by, all attacks together: its caches of documents and plans fill up, and are bounded."""
DESCRIPTORS_MAX = 20
"""How many more a server may have open at the end than at the start."""
LET_GO_S = 2.0


def main() -> int:
    """0 when nothing crashed, nothing leaked, nothing took longer than a second, and no attack was felt by a good client."""
    asked = _asked(sys.argv[1:])
    if asked.list:
        for attack in ALL:
            say(f"{attack.name}: {attack.sends}")
        return 0
    return asyncio.run(_run(asked))


async def _run(asked: argparse.Namespace) -> int:
    async with AsyncExitStack() as stack:
        confine_clients()
        target = Target.at(asked.url) if asked.url else await stack.enter_async_context(own_server())
        if not target.is_loopback and not asked.i_may_attack_it:
            say("That is not this machine. If it is yours to attack, say --i-may-attack-it.")
            return 2
        memory, descriptors = target.memory_kib(), target.descriptors()
        tell_head()
        made = await attempted(target, asked.seconds, asked.most, asked.only, tell)
        await asyncio.sleep(LET_GO_S)
        faults = _left_behind(target, memory, descriptors)
        tell_end(made, faults, (memory, target.memory_kib()))
        if asked.json:
            write(asked.json, made, faults)
        return 1 if faults or any(each.outcome.faults or each.is_felt for each in made) else 0


def _left_behind(target: Target, memory_kib: int | None, descriptors: int | None) -> list[str]:
    """What is wrong with our own server after it all."""
    faults = [f"in the server's log: {line}" for line in trouble(target)[:10]]
    now_kib, now_open = target.memory_kib(), target.descriptors()
    if target.pid is not None and now_kib is None:
        return [*faults, "the server is gone"]
    if memory_kib is not None and now_kib is not None and now_kib - memory_kib > GROWTH_MIB_MAX * 1024:
        faults.append(f"the server has grown by {(now_kib - memory_kib) // 1024} MiB")
    if descriptors is not None and now_open is not None and now_open > descriptors + DESCRIPTORS_MAX:
        faults.append(f"the server has {now_open - descriptors} more files open than at the start")
    return faults


def _asked(arguments: Sequence[str]) -> argparse.Namespace:
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
