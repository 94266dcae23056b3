"""How a good client fares."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from attack.arena import Guest
from attack.target import Target

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Fare:
    """Of so many requests: how long they took, and how many came to nothing or were refused."""

    count: int
    p50_ms: float
    p99_ms: float
    slowest_ms: float
    failed: int


class Witness:
    """Looks on, from its process, for as long as it lasts."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._seen: list[tuple[float, float, int]] = []
        self._reading = asyncio.create_task(self._read())

    async def watches(self, seconds: float) -> Fare:
        """How it fared from now on, for so long."""
        since_s = time.monotonic()
        await asyncio.sleep(seconds)
        return self.fared(since_s)

    def fared(self, since_s: float) -> Fare:
        seen = [(took_s, status) for at_s, took_s, status in self._seen if at_s >= since_s]
        took_ms = sorted(took_s * 1000 for took_s, _ in seen)
        failed = sum(status != 200 for _, status in seen)
        if not took_ms:
            return Fare(0, 0.0, 0.0, 0.0, 0)
        return Fare(len(took_ms), _share(took_ms, 0.5), _share(took_ms, 0.99), took_ms[-1], failed)

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            at_s, took_s, status = line.split()
            self._seen.append((float(at_s), float(took_s), int(status)))

    async def close(self) -> None:
        self._process.kill()
        await self._process.wait()
        self._reading.cancel()


@asynccontextmanager
async def witness(target: Target, player: Guest) -> AsyncIterator[Witness]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "attack.good_client",
        target.host,
        str(target.port),
        player.token,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    watching = Witness(process)
    try:
        yield watching
    finally:
        await watching.close()


def _share(ordered: Sequence[float], share: float) -> float:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
