"""What one node hears over a bus."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from lobby.live.bus import Bus
from lobby.live.valkey_bus.limits import BusLimits
from lobby.stores.valkey.address import Address

WAIT_S = 15.0
"""Silence is noticed after some seconds; whatever is waited for comes well within this."""

QUICK = BusLimits(beat_s=0.2, silent_s=1.5, answer_s=1.0)
"""Silence is noticed sooner than in earnest, and later than a busy machine makes one."""

Hint = tuple[str, int]


@dataclass(slots=True)
class Ear:
    """`hints` and the count of `resyncs`, in the order in which they came."""

    hints: list[Hint] = field(default_factory=list)
    resyncs: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def hint(self, party_id: str, seq: int) -> None:
        self.hints.append((party_id, seq))
        self.news.set()

    def resync(self) -> None:
        self.resyncs += 1
        self.news.set()

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(WAIT_S):
            while not holds():
                self.news.clear()
                await self.news.wait()

    async def hears(self, hint: Hint) -> None:
        await self.until(lambda: hint in self.hints)

    async def resyncs_after(self, count: int) -> None:
        await self.until(lambda: self.resyncs > count)


@dataclass(frozen=True, slots=True)
class Node:
    """A bus and what it hears."""

    bus: Bus
    ear: Ear


@asynccontextmanager
async def node(url: str, reachable: bool = True) -> AsyncIterator[Node]:
    """Open, and past the resync that every beginning has once a server can be reached."""
    ear = Ear()
    bus = Bus(ear.hint, ear.resync, Address.read(url), QUICK)
    await bus.open()
    try:
        if reachable:
            await ear.until(lambda: ear.resyncs)
        yield Node(bus, ear)
    finally:
        await bus.close()


def url_of(address: tuple[str, int]) -> str:
    host, port = address
    return f"valkey://{host}:{port}/0"
