"""How many streams a player may follow at once, on this node."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from lobby.domain.values import PlayerId


class TooManyStreams(Exception):
    """The player follows as many streams as anybody may; the message is for the client."""


class PlayerStreams:
    def __init__(self, most: int = 64) -> None:
        self._most = most
        self._open: Counter[PlayerId] = Counter()

    @contextmanager
    def one_more(self, player_id: PlayerId) -> Iterator[None]:
        """While it lasts, the player has one more. Raises `TooManyStreams`."""
        if self._open[player_id] >= self._most:
            raise TooManyStreams(f"A player follows at most {self._most} streams at once.")
        self._open[player_id] += 1
        try:
            yield
        finally:
            self._open[player_id] -= 1
            if not self._open[player_id]:
                del self._open[player_id]
