"""How many commits a store takes: `python -m bench.store_commits [url] [seconds]`, alone and with many at once.

Each client toggles a member's ready in a party of its own, so the rules' own cost is part of the figures.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from itertools import chain

from lobby.domain.bounds import Bounds
from lobby.domain.commands import CreateParty, SetReady
from lobby.domain.model import Player
from lobby.domain.rules.decide import decide, found
from lobby.ports import Change, Commit, Retention, Store
from lobby.stores import open_store

CLIENTS = (1, 8, 64, 256)
BOUNDS = Bounds()


class WallClock:
    def now(self) -> int:
        return time.time_ns() // 1_000_000


async def client(store: Store, name: str, until: float) -> list[float]:
    """How long each commit took, in seconds."""
    player = Player(name, name)
    now = WallClock().now
    entries = found(CreateParty(player), name, "epoch", name, now(), BOUNDS)
    assert isinstance(entries, tuple)
    await store.commit(Commit((Change(None, entries),)))
    party, took_s = entries[-1].party, list[float]()
    while time.perf_counter() < until:
        entries = decide(party, SetReady(player, len(took_s) % 2 == 0, 1), now(), BOUNDS)
        assert isinstance(entries, tuple)
        began_at = time.perf_counter()
        await store.commit(Commit((Change(party, entries),)))
        took_s.append(time.perf_counter() - began_at)
        party = entries[-1].party
    return took_s


async def measure(url: str, seconds: float) -> None:
    store = await open_store(url, BOUNDS, Retention(), WallClock())
    for count in CLIENTS:
        until, cpu_s = time.perf_counter() + seconds, time.process_time()
        took = await asyncio.gather(*(client(store, f"{count}-{n}", until) for n in range(count)))
        took_s = sorted(chain.from_iterable(took))
        cpu_us = (time.process_time() - cpu_s) / len(took_s) * 1e6
        median_ms, p99_ms = took_s[len(took_s) // 2] * 1e3, took_s[len(took_s) * 99 // 100] * 1e3
        rate = len(took_s) / seconds
        print(
            f"{count:4} at once: {rate:7.0f}/s, p50 {median_ms:.2f} ms, p99 {p99_ms:.2f} ms, CPU {cpu_us:.0f} us each"
        )
    await store.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        given = dict(enumerate(sys.argv[1:]))
        asyncio.run(measure(given.get(0, f"sqlite:///{folder}/lobby.db"), float(given.get(1, "3"))))
