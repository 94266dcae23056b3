"""The two measurements of followers: the server's memory while many come and go, and the delay that a stalled one causes."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from itertools import cycle, islice

import httpx

from tools.bench.memory.follower import Follower, follow
from tools.bench.memory.server import Guest, LobbyClient, Server

CONCURRENT_OPENS_MAX = 64
CHECK_S = 3.0
STABLE_KIB = 256
STABLE_WAIT_MAX_S = 120.0

FOLLOWERS_PER_MEMBER = 8
MESSAGE_EVERY_S = 0.02
FILL_MESSAGES = 300
"""Enough messages to fill every buffer on the way to a follower that does not read."""
PADDING = "x" * 400
HELD_MAX_S = 60.0
_SENT_AT = re.compile(rb'"text":"(\d+) ')


async def report_memory(server: Server, guests: list[Guest], followers: int, rounds: int) -> None:
    """The first followers allocate memory that stays: plans, buffers, memory that the allocator keeps."""
    print(f"memory: {followers:,} followers come and go, {rounds} times", flush=True)
    before_kib = await _stable_kib(server)
    print(f"  before: {_mib(before_kib)}", flush=True)
    figures = await _measure_rounds(server, guests, followers, rounds)
    first_without_kib, (with_kib, without_kib) = figures[0][1], figures[-1]
    print(f"  a follower: {(with_kib - without_kib) / followers:.1f} KiB")
    print(
        f"  not freed since the first round: {_mib(without_kib - first_without_kib)}; "
        f"since the start: {_mib(without_kib - before_kib)}"
    )


async def _measure_rounds(server: Server, guests: list[Guest], followers: int, rounds: int) -> list[tuple[int, int]]:
    """Resident KiB with all followers and again without any, for each round."""
    figures = []
    for number in range(1, rounds + 1):
        opened = await _open_followers(server, guests, followers)
        with_kib = await _stable_kib(server)
        for follower in opened:
            follower.disconnect()
        without_kib = await _stable_kib(server)
        print(f"  round {number}: with {followers:,} {_mib(with_kib)}, without {_mib(without_kib)}", flush=True)
        figures.append((with_kib, without_kib))
    return figures


async def _open_followers(server: Server, guests: list[Guest], followers: int) -> list[Follower]:
    limit = asyncio.Semaphore(CONCURRENT_OPENS_MAX)

    async def open_follower(guest: Guest) -> Follower:
        async with limit:
            return await follow(server.port, guest)

    return list(await asyncio.gather(*(open_follower(guest) for guest in islice(cycle(guests), followers))))


async def _stable_kib(server: Server) -> int:
    """The resident memory once it changes by at most `STABLE_KIB` within `CHECK_S`, or after `STABLE_WAIT_MAX_S`."""
    deadline_s = time.monotonic() + STABLE_WAIT_MAX_S
    previous_kib = -1
    while abs(previous_kib - (now_kib := server.resident_kib())) > STABLE_KIB and time.monotonic() < deadline_s:
        previous_kib = now_kib
        await asyncio.sleep(CHECK_S)
    return now_kib


def _mib(kib: int) -> str:
    return f"{kib / 1024:.1f} MiB"


async def report_stalled(server: Server, http: httpx.AsyncClient, messages: int) -> None:
    """The delay of messages to a party's followers, with and without another follower that has stopped reading."""
    client = LobbyClient(http, server.url)
    guests = await client.create_guests(1)
    delays_ms: list[float] = []

    def record(text: bytes) -> None:
        sent = _SENT_AT.search(text)
        if sent is not None:
            delays_ms.append((time.perf_counter_ns() - int(sent[1])) / 1e6)

    followers = [await follow(server.port, guest, record) for guest in guests for _ in range(FOLLOWERS_PER_MEMBER)]
    every_ms = MESSAGE_EVERY_S * 1000
    print(f"stalled: {len(followers)} followers of one party, a message every {every_ms:.0f} ms", flush=True)
    await _post_messages(client, guests[0], FILL_MESSAGES // 4)
    for number in (1, 2):
        await _measure(f"round {number} without", delays_ms, lambda: _post_messages(client, guests[0], messages))
        stalled = await _open_stalled(server, client, guests)
        await _measure(f"round {number} with one  ", delays_ms, lambda: _post_messages(client, guests[0], messages))
        stalled.disconnect()
    await _report_drop(server, client, guests)
    for follower in followers:
        follower.disconnect()


async def _open_stalled(server: Server, client: LobbyClient, guests: list[Guest]) -> Follower:
    """A follower that reads nothing and whose buffers are full."""
    stalled = await follow(server.port, guests[-1], has_small_buffer=True)
    stalled.stop_reading()
    await _post_messages(client, guests[0], FILL_MESSAGES)
    return stalled


async def _report_drop(server: Server, client: LobbyClient, guests: list[Guest]) -> None:
    """The time after which the server drops a follower that does not read."""
    stalled = await follow(server.port, guests[-1], has_small_buffer=True)
    stalled.stop_reading()
    started_at_s = time.monotonic()
    while (is_held := server.has_connection(stalled.port)) and time.monotonic() - started_at_s < HELD_MAX_S:
        await _post_messages(client, guests[0], 10)
    state = "still connected" if is_held else "dropped"
    print(f"  {state} after {time.monotonic() - started_at_s:.1f} s", flush=True)
    stalled.disconnect()


async def _measure(name: str, delays_ms: list[float], run: Callable[[], Awaitable[None]]) -> None:
    delays_ms.clear()
    await run()
    await asyncio.sleep(0.5)
    ordered = sorted(delays_ms)
    p50, p99 = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
    print(f"  {name}: p50 {p50:.2f} ms, p99 {p99:.2f} ms, latest {ordered[-1]:.2f} ms, of {len(ordered):,}", flush=True)


async def _post_messages(client: LobbyClient, leader: Guest, messages: int) -> None:
    """Send messages at a steady rate: a slow response does not delay the next message."""
    posts = []
    for _ in range(messages):
        text = f"{time.perf_counter_ns()} {PADDING}"
        fields = {"partyId": leader.party_id, "text": text}
        posts.append(asyncio.create_task(client.run("PostMessage", fields, leader.token)))
        await asyncio.sleep(MESSAGE_EVERY_S)
    await asyncio.gather(*posts)
