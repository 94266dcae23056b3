"""How late a party's followers hear of an event, with and without one among them that has stopped reading."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable

import httpx

from bench.memory.follower import Follower, follow
from bench.memory.players import Guest, Lobby
from bench.memory.server import Server

FOLLOWERS_EACH = 8
EVERY_S = 0.02
FILLING = 300
"""Messages that fill every buffer on the way to the one that does not read."""
PADDING = "x" * 400
HELD_MAX_S = 60.0
_SENT_AT = re.compile(rb'"text":"(\d+) ')


async def report(server: Server, http: httpx.AsyncClient, messages: int) -> None:
    lobby = Lobby(http, server.url)
    guests = await lobby.guests(1)
    late_ms: list[float] = []

    def hear(text: bytes) -> None:
        sent = _SENT_AT.search(text)
        if sent is not None:
            late_ms.append((time.perf_counter_ns() - int(sent[1])) / 1e6)

    followers = [await follow(server.port, guest, hear) for guest in guests for _ in range(FOLLOWERS_EACH)]
    print(f"stalled: {len(followers)} followers of one party, a message each {EVERY_S * 1000:.0f} ms", flush=True)
    await _say(lobby, guests[0], FILLING // 4)
    for number in (1, 2):
        await _measure(f"round {number} without", late_ms, lambda: _say(lobby, guests[0], messages))
        stalled = await _stalled(server, lobby, guests)
        await _measure(f"round {number} with one  ", late_ms, lambda: _say(lobby, guests[0], messages))
        stalled.leave()
    await _freed(server, lobby, guests)
    for each in followers:
        each.leave()


async def _stalled(server: Server, lobby: Lobby, guests: list[Guest]) -> Follower:
    """One more follower that reads nothing, and whose buffers are full by now."""
    stalled = await follow(server.port, guests[-1], small=True)
    stalled.stall()
    await _say(lobby, guests[0], FILLING)
    return stalled


async def _freed(server: Server, lobby: Lobby, guests: list[Guest]) -> None:
    """How long the server bears with one that does not read."""
    stalled = await follow(server.port, guests[-1], small=True)
    stalled.stall()
    began_s = time.monotonic()
    while (is_held := server.holds(stalled.port)) and time.monotonic() - began_s < HELD_MAX_S:
        await _say(lobby, guests[0], 10)
    print(f"  {'still held' if is_held else 'dropped'} after {time.monotonic() - began_s:.1f} s", flush=True)
    stalled.leave()


async def _measure(name: str, late_ms: list[float], run: Callable[[], Awaitable[None]]) -> None:
    late_ms.clear()
    await run()
    await asyncio.sleep(0.5)
    ordered = sorted(late_ms)
    p50, p99 = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
    print(f"  {name}: p50 {p50:.2f} ms, p99 {p99:.2f} ms, latest {ordered[-1]:.2f} ms, of {len(ordered):,}", flush=True)


async def _say(lobby: Lobby, leader: Guest, messages: int) -> None:
    """At a steady rate: a slow answer does not hold up the next message."""
    saying = []
    for _ in range(messages):
        text = f"{time.perf_counter_ns()} {PADDING}"
        fields = {"partyId": leader.party_id, "text": text}
        saying.append(asyncio.create_task(lobby.run("PostMessage", fields, leader.token)))
        await asyncio.sleep(EVERY_S)
    await asyncio.gather(*saying)
