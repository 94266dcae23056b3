"""`python -m tools.bench.memory`: two measurements of one server, on Linux.

1. Its resident memory without followers, with 5,000 of them, and again without, several times.
2. The delay of events to 64 followers of one party, with and without another follower that has stopped reading; and the time
   after which the server drops that one (`LOBBY_STALLED_SEND_S`, 20 s by default).

`--followers`, `--rounds` and `--messages` make it shorter or longer. The defaults take about three minutes. Each follower is
a connection of its own, so the limit on open files must allow as many. The program raises it as far as possible.
"""

from __future__ import annotations

import argparse
import asyncio
import resource

import httpx

from tools.bench.memory.measure import report_memory, report_stalled
from tools.bench.memory.server import PARTY_MEMBERS, LobbyClient, start_server

FOLLOWERS_PER_GUEST = 8
HTTP_WAIT_S = 60.0


async def measure(followers: int, rounds: int, messages: int) -> None:
    with start_server() as server:
        async with httpx.AsyncClient(timeout=HTTP_WAIT_S, trust_env=False) as http:
            parties = max(1, followers // FOLLOWERS_PER_GUEST // PARTY_MEMBERS)
            guests = await LobbyClient(http, server.url).create_guests(parties)
            await report_memory(server, guests, followers, rounds)
    with start_server() as server:
        async with httpx.AsyncClient(timeout=HTTP_WAIT_S, trust_env=False) as http:
            await report_stalled(server, http, messages)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--followers", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--messages", type=int, default=500)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(measure(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
