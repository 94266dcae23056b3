"""Measures commits per second of a store: `python -m tools.bench.store_commits [url] [seconds]`.

One client first, then several at once. Each client toggles `ready` of the member of its own party, so the figures include the
cost of the rules.
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
from lobby.domain.rules.decide import decide, decide_creation
from lobby.ports import Change, Commit, Retention, Store
from lobby.runtime.clock import SystemClock
from lobby.stores import open_store

CLIENTS = (1, 8, 64, 256)
BOUNDS = Bounds()


async def client(store: Store, name: str, until: float) -> list[float]:
    """The seconds that each commit took."""
    player = Player(name, name)
    now = SystemClock().now
    entries = decide_creation(CreateParty(player), name, "epoch", name, now(), BOUNDS)
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
    store = await open_store(url, BOUNDS, Retention(), SystemClock())
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
        arguments = dict(enumerate(sys.argv[1:]))
        asyncio.run(measure(arguments.get(0, f"sqlite:///{folder}/lobby.db"), float(arguments.get(1, "3"))))
