"""A bus that records the hints it delivers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from lobby.live.hint_bus import Bus
from lobby.live.hint_bus.messages import BusLimits
from lobby.stores.valkey.address import Address

WAIT_S = 15.0
"""The longest wait of a test. Silence is noticed after some seconds, well within this time."""

QUICK = BusLimits(beat_s=0.2, silent_s=1.5, answer_s=1.0)
"""Silence is noticed sooner than in production, but later than a busy machine causes it."""

Hint = tuple[str, int]


@dataclass(slots=True)
class HintRecorder:
    """`hints` and the count of `resyncs`, in the order in which they came."""

    hints: list[Hint] = field(default_factory=list)
    resyncs: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def hint(self, party_id: str, seq: int) -> None:
        self.hints.append((party_id, seq))
        self.changed.set()

    def resync(self) -> None:
        self.resyncs += 1
        self.changed.set()

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(WAIT_S):
            while not holds():
                self.changed.clear()
                await self.changed.wait()

    async def hears(self, hint: Hint) -> None:
        await self.until(lambda: hint in self.hints)

    async def resyncs_after(self, count: int) -> None:
        await self.until(lambda: self.resyncs > count)


@dataclass(frozen=True, slots=True)
class Node:
    """A bus and its recorder."""

    bus: Bus
    recorder: HintRecorder


@asynccontextmanager
async def node(url: str, reachable: bool = True) -> AsyncIterator[Node]:
    """An open bus, after the resync that comes with the first connection to a server."""
    recorder = HintRecorder()
    bus = Bus(Address.read(url), QUICK)
    await bus.open(recorder.hint, recorder.resync)
    try:
        if reachable:
            await recorder.until(lambda: recorder.resyncs)
        yield Node(bus, recorder)
    finally:
        await bus.close()


def url_of(address: tuple[str, int]) -> str:
    host, port = address
    return f"valkey://{host}:{port}/0"
