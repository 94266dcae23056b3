"""Limits on how many of something are held at the same time: connections of an address, streams of a player."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from lobby.domain.values import PlayerId

Key = TypeVar("Key", bound=Hashable)


class LimitReached(Exception):
    """A key already holds as many as it may. The message is for the client."""


class CountLimiter(Generic[Key]):
    """Counts what each key holds. Keys that hold nothing take no memory."""

    def __init__(self, count_max: int | None, message: str) -> None:
        """`count_max`: per key; None means without a limit. `message` goes to the client that reaches the limit."""
        self._count_max = count_max
        self._message = message
        self._counts: Counter[Key] = Counter()

    def try_acquire(self, key: Key) -> bool:
        """Increment the count of the key and return True; return False at the limit. Each success needs a `release`."""
        count = self._counts[key]
        if self._count_max is not None and count >= self._count_max:
            return False
        self._counts[key] = count + 1
        return True

    def acquire(self, key: Key) -> None:
        """As `try_acquire`, but raises `LimitReached` at the limit."""
        if not self.try_acquire(key):
            raise LimitReached(self._message)

    def release(self, key: Key) -> None:
        """Decrement the count of the key."""
        self._counts[key] -= 1
        if not self._counts[key]:
            del self._counts[key]

    @contextmanager
    def hold(self, key: Key) -> Iterator[None]:
        """Increment the count of the key while the context lasts. Raises `LimitReached`."""
        self.acquire(key)
        try:
            yield
        finally:
            self.release(key)


class StreamLimiter(CountLimiter[PlayerId]):
    """Limits how many streams a player follows at the same time on this node."""

    def __init__(self, per_player_max: int = 64) -> None:
        super().__init__(per_player_max, f"A player follows at most {per_player_max} streams at once.")
