"""What is tried, counted by all nodes together."""

from __future__ import annotations

from secrets import token_hex

from lobby.domain.values import Instant
from lobby.stores.valkey.link import Link
from lobby.stores.valkey.scripts import ATTEMPT


class SharedAttempts:
    """See `lobby.rates.attempts.Attempts`. Each may raise `Unavailable`."""

    def __init__(self, link: Link, kind: str, count_max: int, window_ms: int) -> None:
        """`kind` tells these from others under the same key."""
        self._link = link
        self._kind = kind
        self._count_max = count_max
        self._window_ms = window_ms

    async def take(self, key: tuple[str, ...], at: Instant) -> int:
        wait_ms, _ = await self._asked(key, at, token_hex(8))
        return wait_ms

    async def wait_ms(self, key: tuple[str, ...], at: Instant) -> int:
        wait_ms, _ = await self._asked(key, at, "")
        return wait_ms

    async def left(self, key: tuple[str, ...], at: Instant) -> int:
        _, left = await self._asked(key, at, "")
        return left

    async def was_right(self, key: tuple[str, ...]) -> None:
        name = self._name(key)
        await self._link.ask(self._link.partitions.of(name), "ZPOPMAX", f"attempts:{name}")

    async def _asked(self, key: tuple[str, ...], at: Instant, attempt: str) -> tuple[int, int]:
        name = self._name(key)
        partition = self._link.partitions.of(name)
        wait_ms, left = await self._link.run(ATTEMPT, partition, name, at, self._count_max, self._window_ms, attempt)
        return int(wait_ms), int(left)

    def _name(self, key: tuple[str, ...]) -> str:
        return ":".join((self._kind, *key))
