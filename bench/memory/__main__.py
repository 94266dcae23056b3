"""`python -m bench.memory`: two measurements of one server, on Linux.

1. Its resident memory with no follower, with 5,000 of them, and with none again, several times over.
2. How late 64 followers of one party hear of an event, with and without another one that has stopped reading; and when
   the server drops that one (`LOBBY_STALLED_SEND_S`, 20 s by default).

`--followers`, `--rounds` and `--messages` make it shorter or longer; with the defaults it takes about three minutes. Each
follower is a connection of its own, so the limit on open files has to allow for as many; it is raised as far as it may be.
"""

from __future__ import annotations

import argparse
import asyncio
import resource

import httpx

from bench.memory import resident, stalled
from bench.memory.players import PARTY_MEMBERS, Lobby
from bench.memory.server import running

FOLLOWERS_PER_GUEST = 8


async def measure(followers: int, rounds: int, messages: int) -> None:
    with running() as server:
        async with httpx.AsyncClient(timeout=60.0, trust_env=False) as http:
            guests = await Lobby(http, server.url).guests(max(1, followers // FOLLOWERS_PER_GUEST // PARTY_MEMBERS))
            await resident.report(server, guests, followers, rounds)
    with running() as server:
        async with httpx.AsyncClient(timeout=60.0, trust_env=False) as http:
            await stalled.report(server, http, messages)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--followers", type=int, default=5000)
    asked.add_argument("--rounds", type=int, default=4)
    asked.add_argument("--messages", type=int, default=500)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(measure(**vars(asked.parse_args())))


if __name__ == "__main__":
    main()
