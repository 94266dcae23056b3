"""The server's memory before, with, and after many followers, again and again."""

from __future__ import annotations

import asyncio
from itertools import cycle, islice

from bench.memory.follower import Follower, follow
from bench.memory.players import Guest
from bench.memory.server import Server

OPENING_MAX = 64
SETTLE_S = 3.0


async def come_and_go(server: Server, guests: list[Guest], followers: int, rounds: int) -> list[tuple[int, int]]:
    """Resident KiB with all of them on, and with none again, round by round."""
    figures = []
    for number in range(1, rounds + 1):
        following = await _opened(server, guests, followers)
        on_kib = await _settled(server)
        for each in following:
            each.leave()
        off_kib = await _settled(server)
        print(f"  round {number}: with {followers:,} {_mib(on_kib)}, without {_mib(off_kib)}", flush=True)
        figures.append((on_kib, off_kib))
    return figures


async def report(server: Server, guests: list[Guest], followers: int, rounds: int) -> None:
    """The first followers bring in what stays for good: plans, buffers, the memory allocator's own."""
    print(f"memory: {followers:,} followers come and go, {rounds} times", flush=True)
    before_kib = await _settled(server)
    print(f"  before: {_mib(before_kib)}", flush=True)
    figures = await come_and_go(server, guests, followers, rounds)
    first_off_kib, (on_kib, off_kib) = figures[0][1], figures[-1]
    print(f"  a follower: {(on_kib - off_kib) / followers:.1f} KiB")
    print(
        f"  left behind since the first round: {_mib(off_kib - first_off_kib)}; since the start: {_mib(off_kib - before_kib)}"
    )


async def _opened(server: Server, guests: list[Guest], followers: int) -> list[Follower]:
    room = asyncio.Semaphore(OPENING_MAX)

    async def opened(guest: Guest) -> Follower:
        async with room:
            return await follow(server.port, guest)

    return list(await asyncio.gather(*(opened(guest) for guest in islice(cycle(guests), followers))))


async def _settled(server: Server) -> int:
    """Once the memory has stopped moving, or nearly so."""
    latest_kib = -1
    while abs(latest_kib - (now_kib := server.resident_kib())) > 256:
        latest_kib = now_kib
        await asyncio.sleep(SETTLE_S)
    return now_kib


def _mib(kib: int) -> str:
    return f"{kib / 1024:.1f} MiB"
